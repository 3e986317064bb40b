import { SluiceError } from '../domain/errors.ts';
import { breakBraces, cleanText } from './plain.ts';
import type { ListItem, PlainValue, TemplateVariable, VariableType, VariableValue } from './template.ts';

/** What a value of each type must be, for messages. */
export const TYPE_WORDS: Readonly<Record<VariableType, string>> = {
  text: 'a text',
  number: 'a number',
  integer: 'a whole number',
  boolean: 'true or false',
  url: 'an absolute http or https address',
  date: 'a calendar day like 2026-11-21',
  list: 'a list of texts, or of objects of texts, numbers and booleans',
  html: 'a fragment of HTML',
};

/** Checked values of all variables; null where an optional one is absent. */
export type CheckedValues = Readonly<Record<string, VariableValue | null>>;

/**
 * The values with which a mail is made.
 * @param given what is known; null, undefined and blank texts count as absent, names that are not declared are ignored.
 * @throws SluiceError of sort `item`: `render_missing_variable`, or `render_wrong_variable` for a value of another type.
 *   Messages name variables and never repeat values.
 */
export function checkValues({
  template,
  variables,
  given,
}: {
  readonly template: string;
  readonly variables: readonly TemplateVariable[];
  readonly given: Readonly<Record<string, unknown>>;
}): CheckedValues {
  const values: Record<string, VariableValue | null> = {};
  const missing: string[] = [];
  const wrong: string[] = [];
  for (const variable of variables) {
    const { name, type, required } = variable;
    const raw = Object.hasOwn(given, name) ? given[name] : undefined;
    const value = isAbsent(raw) ? variable.default : raw;
    if (value === undefined) {
      if (required) missing.push(name);
      values[name] = null;
      continue;
    }
    const checked = checkValue(type, value);
    if (checked === undefined) wrong.push(`${name} must be ${TYPE_WORDS[type]}`);
    else values[name] = checked;
  }
  if (missing.length > 0 || wrong.length > 0) {
    const parts = missing.length === 0 ? wrong : [`no value for ${missing.join(', ')}`, ...wrong];
    throw new SluiceError(`template "${template}" cannot be rendered: ${parts.join('; ')}`, {
      code: missing.length > 0 ? 'render_missing_variable' : 'render_wrong_variable',
      sort: 'item',
      hint: 'The flow or the contact must bring it, or the template needs a default for it.',
    });
  }
  return values;
}

const CHECKS: Readonly<Record<VariableType, (value: unknown) => VariableValue | undefined>> = {
  text: (value) => (typeof value === 'string' ? cleanText(value) : undefined),
  number: (value) => (typeof value === 'number' && Number.isFinite(value) ? value : undefined),
  integer: (value) => (typeof value === 'number' && Number.isSafeInteger(value) ? value : undefined),
  boolean: (value) => (typeof value === 'boolean' ? value : undefined),
  url: (value) => (typeof value === 'string' ? webAddress(value) : undefined),
  date: (value) => (typeof value === 'string' && isDay(value) ? value : undefined),
  list: (value) => (Array.isArray(value) ? listOf(value) : undefined),
  html: (value) => (typeof value === 'string' ? value.toWellFormed() : undefined),
};

function listOf(values: readonly unknown[]): readonly ListItem[] | undefined {
  const items = values.map(listItem);
  return items.every((item) => item !== undefined) ? items : undefined;
}

function listItem(value: unknown): ListItem | undefined {
  if (typeof value === 'string') return cleanText(value);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  const entries = Object.entries(value).map(([name, one]) => [name, plainValue(one)] as const);
  return entries.every((entry): entry is readonly [string, PlainValue] => entry[1] !== undefined)
    ? Object.fromEntries(entries)
    : undefined;
}

function plainValue(value: unknown): PlainValue | undefined {
  if (typeof value === 'string') return cleanText(value);
  return typeof value === 'boolean' || (typeof value === 'number' && Number.isFinite(value))
    ? value
    : undefined;
}

/** A value as a mail may use it, or undefined where it is of another type. */
export function checkValue(type: VariableType, value: unknown): VariableValue | undefined {
  return CHECKS[type](value);
}

/** For a template of Brevo: texts cannot be placeholders there either. */
export function forBrevo(values: CheckedValues): Record<string, VariableValue> {
  return Object.fromEntries(
    Object.entries(values)
      .filter((entry): entry is [string, VariableValue] => entry[1] !== null)
      .map(([name, value]) => [name, isList(value) ? value.map(withoutBraces) : unbraced(value)]),
  );
}

function withoutBraces(item: ListItem): ListItem {
  if (typeof item === 'string') return breakBraces(item);
  return Object.fromEntries(Object.entries(item).map(([name, value]) => [name, unbraced(value)]));
}

function unbraced(value: PlainValue): PlainValue {
  return typeof value === 'string' ? breakBraces(value) : value;
}

function isList(value: VariableValue): value is readonly ListItem[] {
  return typeof value === 'object';
}

function isAbsent(value: unknown): boolean {
  return value === undefined || value === null || (typeof value === 'string' && cleanText(value) === '');
}

/** Encoded as a browser would, braces too; undefined for every other scheme, and for one with a password in it. */
function webAddress(value: string): string | undefined {
  const url = URL.parse(value.trim());
  if (url === null || !/^https?:\/\//i.test(value.trim())) return undefined;
  if (url.username !== '' || url.password !== '') return undefined;
  return url.href.replaceAll('{', '%7B').replaceAll('}', '%7D');
}

function isDay(value: string): boolean {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(value)) return false;
  const day = new Date(`${value}T00:00:00Z`);
  return !Number.isNaN(day.getTime()) && day.toISOString().startsWith(value);
}
