import { Temporal } from 'temporal-polyfill';
import { SluiceError } from '../errors.ts';
import { DYNAMIC_DATES, isDynamicDate, resolveDynamicDate } from './dynamic-dates.ts';

export const PARAMETER_TYPES = ['text', 'integer', 'decimal', 'boolean', 'date', 'datetime'] as const;
export type ParameterType = (typeof PARAMETER_TYPES)[number];

/** A value as a definition or a caller writes it. */
type ParameterLiteral = string | number | boolean | null;
/** For `date` and `datetime`: worked out from the logical time of the run (dynamic-dates.ts). */
interface DynamicValue {
  readonly from: string;
}
type Item = ParameterLiteral | DynamicValue;
export type ParameterInput = Item | readonly Item[];

/** One `:name` of a query. Without a value, every run has to give one. */
export interface ParameterDefinition {
  readonly name: string;
  readonly type: ParameterType;
  /** Stands for several values: `WHERE id IN (:ids)`. */
  readonly list?: boolean;
  readonly value?: ParameterInput;
}

/**
 * A value ready to be bound: integer and decimal as digits, date as YYYY-MM-DD, datetime as a moment in UTC
 * (`2025-01-31T23:00:00Z`). Plain JSON, so that a workflow may carry it.
 */
export type ParameterScalar = string | boolean | null;

export interface ResolvedParameter {
  readonly name: string;
  readonly type: ParameterType;
  readonly value: ParameterScalar | readonly ParameterScalar[];
}

const NAME = /^[A-Za-z_][A-Za-z0-9_]{0,63}$/;
const LONGEST_LIST = 1000;

interface Moment {
  /** Logical time of the run. */
  readonly asOf: Date;
  /** IANA zone of the report, in which days begin and wall-clock times are read. */
  readonly timezone: string;
}

/**
 * The values of one run.
 * @param input.given replaces values of the definitions, by name
 * @throws SluiceError `parameters_invalid` that names every problem at once
 */
export function resolveParameters({
  definitions,
  given = {},
  asOf,
  timezone,
}: {
  readonly definitions: readonly ParameterDefinition[];
  readonly given?: Readonly<Record<string, ParameterInput>>;
} & Moment): readonly ResolvedParameter[] {
  const names = new Set(definitions.map(({ name }) => name));
  const problems = [
    ...problemsOf(definitions),
    ...Object.keys(given)
      .filter((name) => !names.has(name))
      .map((name) => `"${name}" is given, but the report has no parameter of this name`),
  ];
  const resolved: ResolvedParameter[] = [];
  for (const definition of definitions) {
    const input = Object.hasOwn(given, definition.name) ? given[definition.name] : definition.value;
    const outcome = resolveOne({ definition, input, asOf, timezone });
    if (typeof outcome === 'string') problems.push(`"${definition.name}" ${outcome}`);
    else resolved.push({ name: definition.name, type: definition.type, value: outcome.value });
  }
  if (problems.length > 0) throw invalid(problems);
  return resolved;
}

function problemsOf(definitions: readonly ParameterDefinition[]): readonly string[] {
  return definitions.flatMap(({ name, type }, index) => [
    ...(NAME.test(name)
      ? []
      : [`"${name.slice(0, 64)}" is not a name: letters, digits and _, not a digit first`]),
    ...(PARAMETER_TYPES.includes(type) ? [] : [`"${name}" must have the type ${PARAMETER_TYPES.join(', ')}`]),
    ...(definitions.findIndex((other) => other.name === name) === index
      ? []
      : [`"${name}" is defined twice`]),
  ]);
}

/** @returns the value, or what is wrong with it */
function resolveOne({
  definition,
  input,
  ...moment
}: {
  readonly definition: ParameterDefinition;
  readonly input: ParameterInput | undefined;
} & Moment): { readonly value: ResolvedParameter['value'] } | string {
  const { type, list = false } = definition;
  if (input === undefined) return 'has no value; give one, or a value in the definition';
  if (!isList(input)) {
    if (list) return 'is a list; write its value as one';
    const outcome = resolveItem({ type, item: input, ...moment });
    return typeof outcome === 'string' ? outcome : { value: outcome.value };
  }
  if (!list) return 'has a list as its value, and is none; say list: true';
  if (input.length === 0) return 'is an empty list, which would match nothing, with NOT IN as well';
  if (input.length > LONGEST_LIST) return `has more than ${LONGEST_LIST} values`;
  const outcomes = input.map((item) => resolveItem({ type, item, ...moment }));
  const problem = outcomes.find((outcome) => typeof outcome === 'string');
  if (problem !== undefined) return problem;
  return { value: outcomes.flatMap((outcome) => (typeof outcome === 'string' ? [] : [outcome.value])) };
}

function isList(input: ParameterInput): input is readonly Item[] {
  return Array.isArray(input);
}

function resolveItem({
  type,
  item,
  ...moment
}: {
  readonly type: ParameterType;
  readonly item: Item;
} & Moment): { readonly value: ParameterScalar } | string {
  if (item === null) return { value: null };
  if (typeof item === 'object') return resolveDynamic({ type, expression: item.from, ...moment });
  const text = String(item);
  if (type === 'text') return { value: text };
  if (type === 'boolean') return booleanOf(text);
  if (type === 'integer') return matching(text, /^-?\d{1,30}$/, 'must be a whole number');
  if (type === 'decimal')
    return matching(text, /^-?\d{1,60}(\.\d{1,60})?$/, 'must be a number such as -12.50');
  return type === 'date' ? dayOf(text) : momentOf(text, moment.timezone);
}

function resolveDynamic({
  type,
  expression,
  ...moment
}: {
  readonly type: ParameterType;
  readonly expression: string;
} & Moment): { readonly value: string } | string {
  if (type !== 'date' && type !== 'datetime') return `is ${type}; only a date or datetime takes { from: … }`;
  if (!isDynamicDate(expression)) {
    return `has the unknown date "${expression.slice(0, 60)}"; known: ${DYNAMIC_DATES.join('; ')}`;
  }
  const at = resolveDynamicDate({ expression, ...moment });
  if (at === undefined) return 'has a date out of range';
  return { value: type === 'date' ? at.day : at.instant };
}

function booleanOf(text: string): { readonly value: boolean } | string {
  return /^(true|false)$/i.test(text)
    ? { value: text.toLowerCase() === 'true' }
    : 'must be exactly true or false';
}

function matching(text: string, pattern: RegExp, otherwise: string): { readonly value: string } | string {
  return pattern.test(text) ? { value: text } : otherwise;
}

function dayOf(text: string): { readonly value: string } | string {
  const wrong = 'must be a day, YYYY-MM-DD, or { from: … }';
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text)) return wrong;
  try {
    return { value: Temporal.PlainDate.from(text, { overflow: 'reject' }).toString() };
  } catch {
    return wrong;
  }
}

/** Without an offset it is wall-clock time in the report's zone; a repeated hour means its first pass. */
function momentOf(text: string, timezone: string): { readonly value: string } | string {
  const wrong =
    'must be a time such as 2025-02-28 18:00, or with an offset 2025-02-28T18:00:00Z, or { from: … }';
  const [, day, clock, offset] =
    /^(\d{4}-\d{2}-\d{2})(?:[ T](\d{2}:\d{2}(?::\d{2}(?:\.\d{1,6})?)?))?\s*(Z|[+-]\d{2}:?\d{2})?$/.exec(
      text,
    ) ?? [];
  if (day === undefined) return wrong;
  const wall = `${day}T${clock ?? '00:00'}`;
  try {
    if (offset !== undefined) return { value: Temporal.Instant.from(`${wall}${offset}`).toString() };
    const plain = Temporal.PlainDateTime.from(wall, { overflow: 'reject' });
    return {
      value: plain.toZonedDateTime(timezone, { disambiguation: 'compatible' }).toInstant().toString(),
    };
  } catch {
    return wrong;
  }
}

function invalid(problems: readonly string[]): SluiceError {
  return new SluiceError(`parameters are not usable: ${problems.join('; ')}`, {
    code: 'parameters_invalid',
    sort: 'item',
    hint: 'docs/reports.md lists the types and dynamic dates.',
  });
}
