import { keepDays, keptDays } from '../db/marketing-days.ts';
import { countMarketingDays } from '../db/marketing-figures.ts';
import type { Executor } from '../db/pool.ts';
import { SluiceError } from '../domain/errors.ts';
import type { MarketingDay } from '../domain/marketing/figures.ts';
import { boundsOf, toRanges } from '../domain/report-days.ts';

/** Days that are counted in one statement. */
const MOST_AT_ONCE = 31;

interface Asked {
  /** YYYY-MM-DD in `timezone`, in order, without gaps. */
  readonly days: readonly string[];
  readonly timezone: string;
}

/**
 * The figures of days: those that are recorded as they were recorded, the others as our tables say now. Writes nothing.
 * @param now by our clock; a day that is not over then has no figures yet
 * @returns all days in order, and those of them that are not recorded
 * @throws SluiceError `day_not_over`
 */
export async function figuresOfDays(
  db: Executor,
  { days, timezone, now }: Asked & { readonly now: Date },
): Promise<{ readonly days: readonly MarketingDay[]; readonly fresh: readonly MarketingDay[] }> {
  const first = days[0];
  const last = days.at(-1);
  if (first === undefined || last === undefined) return { days: [], fresh: [] };
  assertOver({ day: last, timezone, now });
  const kept = await keptDays(db, { timezone, first, last });
  const missing = days.filter((day) => !kept.some((one) => one.day === day));
  const fresh: MarketingDay[] = [];
  for (const range of toRanges(missing, MOST_AT_ONCE)) {
    fresh.push(...(await countMarketingDays(db, { days: range, timezone })));
  }
  const known = new Map([...kept, ...fresh].map((one) => [one.day, one]));
  return { days: days.flatMap((day) => known.get(day) ?? []), fresh };
}

/** As `figuresOfDays`, and from now on they are recorded. @returns what is recorded, and how many days were not before. */
export async function recordedFigures(
  db: Executor,
  asked: Asked & { readonly now: Date },
): Promise<{ readonly days: readonly MarketingDay[]; readonly newDays: number }> {
  const { days, fresh } = await figuresOfDays(db, asked);
  const { timezone, now } = asked;
  const first = days[0]?.day;
  const last = days.at(-1)?.day;
  if (first === undefined || last === undefined || fresh.length === 0) return { days, newDays: 0 };
  const newDays = await keepDays(db, { timezone, days: fresh, now });
  // Of two runs at once the first has recorded its own.
  return { days: await keptDays(db, { timezone, first, last }), newDays };
}

function assertOver({
  day,
  timezone,
  now,
}: {
  readonly day: string;
  readonly timezone: string;
  readonly now: Date;
}): void {
  const end = boundsOf({ first: day, last: day }, timezone)[1];
  if (end !== undefined && end <= now) return;
  throw new SluiceError(`the day ${day} is not over in ${timezone}, so its figures cannot be kept yet`, {
    code: 'day_not_over',
    hint: 'Ask for an earlier time with --as-of.',
  });
}
