import type { FieldError } from './problem.ts';

export type Json = string | number | boolean | null | readonly Json[] | { readonly [name: string]: Json };
export type JsonObject = { readonly [name: string]: Json };

const DEEPEST = 20;

/**
 * A parsed JSON value as we keep it: texts in Unicode's composed form (NFC). What cannot be kept as it is, is named:
 * NUL and lone surrogates, which databases refuse or replace; numbers that have lost digits; nesting without end.
 * @returns undefined when anything is wrong; `errors` then has it all
 */
export function cleanJson(
  value: unknown,
  { at, errors }: { readonly at: string; readonly errors: FieldError[] },
): Json | undefined {
  const before = errors.length;
  const clean = cleaned(value, { at, depth: 0, errors });
  return errors.length === before ? clean : undefined;
}

interface Place {
  readonly at: string;
  readonly depth: number;
  readonly errors: FieldError[];
}

function cleaned(value: unknown, place: Place): Json {
  const { at, depth, errors } = place;
  if (typeof value === 'string') return cleanText(value, place);
  if (typeof value === 'number') {
    if (!Number.isFinite(value) || (Number.isInteger(value) && !Number.isSafeInteger(value)))
      errors.push({ field: at, message: 'has more digits than a number holds; send it as a text' });
    return value;
  }
  if (typeof value !== 'object' || value === null) return value as boolean | null;
  if (depth === DEEPEST) {
    errors.push({ field: at, message: `is nested deeper than ${DEEPEST} levels` });
    return null;
  }
  const inside = (name: string): Place => ({ at: name, depth: depth + 1, errors });
  if (Array.isArray(value)) return value.map((one, index) => cleaned(one, inside(`${at}[${index}]`)));
  return Object.fromEntries(
    Object.entries(value).map(([name, one]) => [
      cleanText(name, place),
      cleaned(one, inside(`${at}.${name.slice(0, 60)}`)),
    ]),
  );
}

function cleanText(text: string, { at, errors }: Place): string {
  if (text.includes('\0')) errors.push({ field: at, message: 'holds a NUL character' });
  if (!text.isWellFormed()) errors.push({ field: at, message: 'holds half a surrogate pair' });
  return text.normalize('NFC');
}

/** The same text for equal values, whatever the order of their names. */
export function canonicalJson(value: Json): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  const parts = Object.entries(value)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, one]) => `${JSON.stringify(name)}:${canonicalJson(one)}`);
  return `{${parts.join(',')}}`;
}
