import { SluiceError } from '../errors.ts';

const UNITS: Readonly<Record<string, number>> = { m: 60_000, h: 3_600_000, d: 86_400_000 };

/** `90m`, `24h`, `7d`. A day is 24 hours whatever the clocks do; the same time of day is asked for as a local time. */
export type DurationText = `${number}${'m' | 'h' | 'd'}`;

/** Milliseconds; `undefined` for what is no whole number of minutes, hours or days. */
export function durationMs(text: string): number | undefined {
  const [, count = '', unit = ''] = /^(\d{1,5})([mhd])$/.exec(text) ?? [];
  const unitMs = UNITS[unit];
  return unitMs === undefined ? undefined : Number(count) * unitMs;
}

/**
 * Milliseconds of a duration in a definition that has been checked.
 * @throws SluiceError `journey_invalid`
 */
export function lengthOf(text: DurationText): number {
  const ms = durationMs(text);
  if (ms !== undefined) return ms;
  throw new SluiceError(`"${text}" is no duration`, { code: 'journey_invalid', sort: 'item' });
}

/** `0`, `90m`, `26h`, `7d 2h`: the same length in words that are quickly read. */
export function spanText(ms: number): string {
  if (ms === 0) return '0';
  const sign = ms < 0 ? '-' : '';
  const minutes = Math.round(Math.abs(ms) / 60_000);
  if (minutes < 1) return `${sign}${Math.round(Math.abs(ms) / 1000)}s`;
  const days = minutes >= 2 * 1440 ? Math.floor(minutes / 1440) : 0;
  const rest = minutes - days * 1440;
  const parts = [
    ...(days > 0 ? [`${days}d`] : []),
    ...(rest >= 60 ? [`${Math.floor(rest / 60)}h`] : []),
    ...(rest % 60 > 0 ? [`${rest % 60}m`] : []),
  ];
  return `${sign}${parts.join(' ')}`;
}
