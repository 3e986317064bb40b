import { rrule, type When } from '../schedules/define.ts';
import { CORPUS, ZONES } from '../test/support/recurrence-corpus.ts';
import { readExpanded } from '../test/support/recurrence-fixtures.ts';

export interface Mixed {
  readonly when: When;
  readonly timezone: string;
  /** Instant after which its times are asked for, so that there are some. */
  readonly after: number;
}

/** A fixed day, so that figures of different days can be compared. */
export const TODAY = Date.parse('2026-11-21T00:00:00Z') / 1000;

/**
 * Recurrences of every frequency in many zones: half of them what people write, spread over seven zones, half the random
 * rules that the tests hold against dateutil, spread evenly over that file.
 */
export function mixedRecurrences(count: number): readonly Mixed[] {
  const written = ZONES.flatMap((timezone) =>
    CORPUS.filter(({ kind }) => kind !== 'every' || timezone === 'UTC').map((when) => ({
      when,
      timezone,
      after: TODAY,
    })),
  );
  const random = readExpanded('dateutil').map(({ ics, after }) => ({
    when: rrule(ics),
    timezone: 'UTC',
    after: Date.parse(after) / 1000,
  }));
  const half = Math.floor(count / 2);
  return [...spread(written, count - half), ...spread(random, half)];
}

/** So many, evenly from all of a list; from the beginning again where it is shorter. */
function spread<T>(items: readonly T[], count: number): readonly T[] {
  const step = Math.max(1, items.length / count);
  return Array.from({ length: count }, (_, index) => items[Math.floor(index * step) % items.length]).filter(
    (item) => item !== undefined,
  );
}
