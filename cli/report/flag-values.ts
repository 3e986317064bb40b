import { UsageError } from '../../domain/errors.ts';
import { isDynamicDate } from '../../domain/reports/dynamic-dates.ts';
import type { ParameterInput } from '../../domain/reports/parameters.ts';

/** Values of flags, in the forms that people type. */

type RawField = Record<string, unknown>;

/** `name:type=value`; a value of a date may be a dynamic one. @throws UsageError */
export function parameterOf(text: string): RawField {
  const [, name, type, list, value] = /^(\w+):([a-z]+)(\[\])?=(.*)$/s.exec(text) ?? [];
  if (name === undefined || type === undefined || value === undefined) {
    throw new UsageError(
      `${JSON.stringify(text)} is no parameter`,
      'Like from:date=startOfLastMonth, country:text=DE or ids:integer[]=1,2,3.',
    );
  }
  if (list === undefined) return { name, type, value: valueOf(type, value) };
  return { name, type, list: true, value: value.split(',').map((part) => valueOf(type, part.trim())) };
}

/** A value as people type it. */
export function valueOf(type: string, text: string): ParameterInput {
  const isTime = type === 'date' || type === 'datetime';
  return isTime && isDynamicDate(text) ? { from: text } : text;
}

/** `changed`, `rows > 0`, `total >= 100`, `any stock < 5`, `state = open`. @throws UsageError */
export function testOf(text: string): RawField {
  if (text.trim() === 'changed') return { kind: 'changed' };
  const [, any, column, is, to] = /^\s*(any\s+)?(.+?)\s*(>=|<=|!=|>|<|=)\s*(.+?)\s*$/.exec(text) ?? [];
  if (column === undefined || is === undefined || to === undefined) {
    throw new UsageError(
      `${JSON.stringify(text)} is no condition`,
      "Like 'rows > 0', 'total > 100', 'any stock < 5' or changed.",
    );
  }
  const number = Number(to);
  const value = Number.isFinite(number) ? number : to;
  if (column === 'rows' && any === undefined) return { kind: 'rowCount', is, to: value };
  return { kind: 'value', column, rows: any === undefined ? 'first' : 'any', is, to: value };
}

/** @throws UsageError */
export function numberOf(text: string): number {
  const number = Number(text);
  if (text.trim() !== '' && Number.isFinite(number)) return number;
  throw new UsageError(`${JSON.stringify(text)} is no number`);
}

/** @throws UsageError */
export function booleanOf(text: string): boolean {
  if (text === 'true' || text === 'false') return text === 'true';
  throw new UsageError(`must be true or false (it is ${JSON.stringify(text)})`);
}
