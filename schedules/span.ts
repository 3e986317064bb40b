import { UsageError } from '../domain/errors.ts';
import type { Span } from './define.ts';

const MILLISECONDS = { w: 604_800_000, d: 86_400_000, h: 3_600_000, m: 60_000, s: 1000 } as const;
type Unit = keyof typeof MILLISECONDS;
const UNITS = Object.keys(MILLISECONDS) as Unit[];

/**
 * @returns milliseconds of a span such as `15m`.
 * @throws UsageError for anything but whole digits and one of s, m, h, d, w.
 */
export function parseSpan(text: string): number {
  const [, digits, unit] = /^(\d{1,9})([smhdw])$/.exec(text) ?? [];
  if (digits === undefined || unit === undefined) {
    throw new UsageError(`"${text}" is not a span of time`, 'Digits and a unit: 90s, 15m, 6h, 2d, 1w.');
  }
  return Number(digits) * MILLISECONDS[unit as Unit];
}

/** Milliseconds as the shortest span that says them: `90s`, `15m`, `1w`; with a fraction of a second where there is one. */
export function spanText(milliseconds: number): Span {
  const unit = UNITS.find((one) => milliseconds > 0 && milliseconds % MILLISECONDS[one] === 0) ?? 's';
  return `${milliseconds / MILLISECONDS[unit]}${unit}`;
}
