import { createHash } from 'node:crypto';
import { and, asc, between, eq, sql } from 'drizzle-orm';
import { SluiceError } from '../domain/errors.ts';
import type { DayFigures, MarketingDay } from '../domain/marketing/figures.ts';
import type { DayRange } from '../domain/report-days.ts';
import type { Executor } from './pool.ts';
import { marketingDays } from './schema-marketing.ts';

/**
 * The days of the range that are recorded, in order.
 * @param timezone IANA zone of the days.
 * @throws SluiceError `kept_figures_changed` where somebody has edited them.
 */
export async function keptDays(
  db: Executor,
  { timezone, first, last }: DayRange & { readonly timezone: string },
): Promise<readonly MarketingDay[]> {
  const { day, figures, hash } = marketingDays;
  const rows = await db
    .select({ day, figures, hash })
    .from(marketingDays)
    .where(and(eq(marketingDays.timezone, timezone), between(marketingDays.day, first, last)))
    .orderBy(asc(marketingDays.day));
  return rows.map((row) => {
    checkHash({ timezone, day: row.day, figures: row.figures, hash: row.hash });
    return { day: row.day, figures: JSON.parse(row.figures) as DayFigures };
  });
}

/** Records days. One that is there stays as it is, so of two runs at once the first has the say. @returns how many are new. */
export async function keepDays(
  db: Executor,
  {
    timezone,
    days,
    now,
  }: { readonly timezone: string; readonly days: readonly MarketingDay[]; readonly now: Date },
): Promise<number> {
  if (days.length === 0) return 0;
  const [{ affectedRows }] = await db
    .insert(marketingDays)
    .values(
      days.map(({ day, figures }) => {
        const text = JSON.stringify(figures);
        return {
          timezone,
          day,
          figures: text,
          hash: figuresHash({ timezone, day, figures: text }),
          recordedAt: now,
        };
      }),
    )
    .onDuplicateKeyUpdate({ set: { day: sql`${marketingDays.day}` } });
  return affectedRows;
}

interface Kept {
  readonly timezone: string;
  readonly day: string;
  readonly figures: string;
}

/** SHA-256 over what is kept, and of when it is. */
export function figuresHash({ timezone, day, figures }: Kept): string {
  return createHash('sha256')
    .update(JSON.stringify([timezone, day]))
    .update(figures)
    .digest('hex');
}

/** @throws SluiceError `kept_figures_changed` */
export function checkHash({ hash, ...kept }: Kept & { readonly hash: string }): void {
  if (figuresHash(kept) === hash) return;
  throw new SluiceError(`the kept figures of ${kept.day} are not those that were recorded`, {
    code: 'kept_figures_changed',
    hint: 'Somebody has edited our tables. Restore the row from a backup, or delete it to have the day counted anew.',
  });
}
