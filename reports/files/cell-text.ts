import type { Cell, Column } from './table.ts';
import type { WallClock } from './wall-clock.ts';

export interface CellPlace {
  readonly column: Column;
  readonly clock: WallClock;
}

/**
 * A value as exact text, for machines: numbers in full with a point, instants with their offset, bytes as `0x…`.
 * @returns null for NULL.
 */
export function exactText(cell: Cell, { clock }: CellPlace): string | null {
  if (cell === null) return null;
  if (typeof cell === 'string') return cell;
  if (cell instanceof Date) return clock.wordsWithOffset(cell);
  if (cell instanceof Uint8Array) return `0x${hex(cell)}`;
  return String(cell);
}

const MOST_BYTES_SHOWN = 32;

/**
 * A value for people: decimals and shares with as many digits as the column has, thousands apart, instants by the clock of
 * the report's zone.
 * @returns null for NULL.
 */
export function shownText(cell: Cell, { column, clock }: CellPlace): string | null {
  if (cell === null) return null;
  if (cell instanceof Date) return clock.words(cell);
  if (cell instanceof Uint8Array) return shownBytes(cell);
  if (column.type === 'percent') return shownShare(cell, column);
  if (column.type === 'decimal' && column.scale !== 0) return grouped(String(cell));
  if (typeof cell === 'number') return Number.isInteger(cell) ? String(cell) : shownFloat(cell);
  return String(cell);
}

/** Whether values of a column are compared by their digits, and so stand to the right. */
export function isNumeric({ type }: Column): boolean {
  return type === 'integer' || type === 'decimal' || type === 'float' || type === 'percent';
}

const PLAIN_NUMBER = /^(-?)(\d+)((?:\.\d+)?)$/;

function grouped(text: string): string {
  const parts = PLAIN_NUMBER.exec(text);
  if (parts === null) return text;
  const [, sign = '', whole = '', fraction = ''] = parts;
  return `${sign}${whole.replace(/\B(?=(?:\d{3})+$)/g, ',')}${fraction}`;
}

/** 15 digits hold every decimal number that went into a float; more only show how it is stored. */
function shownFloat(value: number): string {
  return String(Number(value.toPrecision(15)));
}

function shownShare(cell: string | number | bigint | boolean, { scale }: Column): string {
  const share = Number(cell);
  if (typeof cell === 'boolean' || cell === '' || !Number.isFinite(share)) return String(cell);
  return `${grouped((share * 100).toFixed(percentDigits(scale)))} %`;
}

/** Digits that a share has as a percentage: 0.125 (scale 3) is 12.5 %. */
export function percentDigits(scale: number | undefined): number {
  return scale === undefined ? 1 : Math.min(10, Math.max(0, scale - 2));
}

function shownBytes(bytes: Uint8Array): string {
  if (bytes.length <= MOST_BYTES_SHOWN) return `0x${hex(bytes)}`;
  return `0x${hex(bytes.subarray(0, MOST_BYTES_SHOWN))}… (${bytes.length} bytes)`;
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex');
}

/** At most so many UTF-16 units, never half of a character, and with a sign at the end when something is missing. */
export function cutText(
  text: string,
  { most, sign }: { readonly most: number; readonly sign: string },
): string {
  if (text.length <= most) return text;
  const end = most - sign.length;
  const half = /[\uD800-\uDBFF]/.test(text.charAt(end - 1));
  return text.slice(0, half ? end - 1 : end) + sign;
}
