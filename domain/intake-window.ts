import type { SiteClock } from './site-clock.ts';

/** The sittings that a run judges: `from ≤ testedAt ≤ to`, UTC milliseconds. */
export interface IntakeWindow {
  readonly from: number;
  readonly to: number;
}

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** More than any transition of a zone moves the clock, so that no hour of the window is left out. */
const MARGIN_MS = 3 * HOUR_MS;

/** @param asOf logical time; a day of `lookbackDays` is 24 h, whatever the clocks do. */
export function intakeWindow({
  asOf,
  lookbackDays,
}: {
  readonly asOf: Date;
  readonly lookbackDays: number;
}): IntakeWindow {
  return { from: asOf.getTime() - lookbackDays * DAY_MS, to: asOf.getTime() };
}

/** Hours of the site's clock, `YYYY-MM-DD HH`, that hold the whole window and a little more. */
export function hoursAround(
  window: IntakeWindow,
  clock: SiteClock,
): { readonly from: string; readonly to: string } {
  return {
    from: clock.toNaive(window.from - MARGIN_MS).slice(0, 13),
    to: clock.toNaive(window.to + MARGIN_MS).slice(0, 13),
  };
}

/** How a site hour lies to the window: only one that is `inside` can be judged once and for all. */
export function placeOfHour(
  hour: string,
  window: IntakeWindow,
  clock: SiteClock,
): 'outside' | 'edge' | 'inside' {
  const first = clock.toUtc(`${hour}:00:00`);
  const last = clock.toUtc(`${hour}:59:59`);
  if (first === undefined || last === undefined) return 'edge';
  const end = last + 999;
  if (end < window.from || first > window.to) return 'outside';
  return first >= window.from && end <= window.to ? 'inside' : 'edge';
}

export interface HourCount {
  readonly hour: string;
  readonly sittings: number;
}

/** Consecutive hours to be read as one page; an hour larger than a page stands alone. */
export interface IntakeRange {
  readonly from: string;
  readonly to: string;
  readonly sittings: number;
}

/** Known sittings between two hours to read: so many cost less than another query. */
const WORTH_READING_ALONG = 500;

/**
 * Groups the hours to read, oldest first, into ranges of at most `pageSize` sittings. A few
 * known sittings in between are read along.
 */
export function groupHours(
  hours: readonly (HourCount & { readonly dirty: boolean })[],
  pageSize: number,
): readonly IntakeRange[] {
  const ranges: IntakeRange[] = [];
  let open: IntakeRange | undefined;
  let skipped = 0;
  for (const { hour, sittings, dirty } of hours) {
    if (!dirty) {
      skipped += sittings;
      continue;
    }
    const grown: number = (open?.sittings ?? 0) + skipped + sittings;
    if (open !== undefined && grown <= pageSize && skipped <= WORTH_READING_ALONG)
      open = { from: open.from, to: hour, sittings: grown };
    else {
      if (open !== undefined) ranges.push(open);
      open = { from: hour, to: hour, sittings };
    }
    skipped = 0;
  }
  return open === undefined ? ranges : [...ranges, open];
}
