/** Percentages are counted in millionths, so that sums are exact whatever their order. */
export const MICROS = 1_000_000;

/** What somebody did in one month. */
export interface MonthSums {
  readonly attempts: number;
  /** Attempts that have a percentage. */
  readonly marked: number;
  /** Sum of their percentages, in millionths of a percent. */
  readonly micros: number;
  readonly bestMicros: number | undefined;
  readonly passed: number;
  /** Time taken, in seconds. */
  readonly seconds: number;
}

/** Of the months before it is enough to know the mean. */
export type EarlierSums = Pick<MonthSums, 'attempts' | 'marked' | 'micros'>;

/** Which words a report uses. */
export type Band = 'excellent' | 'good' | 'practise' | 'unmarked' | 'none';

/** The month of one person. Percentages have one decimal, rounded half up. */
export interface MonthFigures {
  readonly attempts: number;
  readonly mean: number | null;
  readonly best: number | null;
  readonly passed: number;
  readonly passRate: number | null;
  readonly minutes: number;
  readonly band: Band;
  /** Against the month before, in points of what is shown; null where either has no mean. */
  readonly meanChange: number | null;
  readonly attemptsBefore: number;
  /** Among active users who are no admins and have an attempt; equal means share a place. */
  readonly rank: { readonly place: number; readonly of: number } | null;
  /** Mean of each of the last six months, oldest first. */
  readonly means: readonly (number | null)[];
}

const NO_SUMS: EarlierSums = { attempts: 0, marked: 0, micros: 0 };

/**
 * @param months of the last six, oldest first; the last is the month of the report.
 */
export function figuresOf({
  sums,
  earlier,
  rank,
}: {
  readonly sums: MonthSums;
  readonly earlier: readonly EarlierSums[];
  readonly rank: MonthFigures['rank'];
}): MonthFigures {
  const mean = meanOf(sums);
  const before = earlier.at(-1) ?? NO_SUMS;
  const meanBefore = meanOf(before);
  return {
    attempts: sums.attempts,
    mean,
    best: sums.bestMicros === undefined ? null : tenths({ of: sums.bestMicros, by: MICROS }),
    passed: sums.passed,
    passRate: sums.attempts === 0 ? null : tenths({ of: sums.passed * 100, by: sums.attempts }),
    minutes: halfUp({ of: sums.seconds, by: 60 }),
    band: bandOf(sums),
    meanChange:
      mean === null || meanBefore === null
        ? null
        : (Math.round(mean * 10) - Math.round(meanBefore * 10)) / 10,
    attemptsBefore: before.attempts,
    // Somebody whose attempts have no marks yet has no place worth telling.
    rank: mean === null ? null : rank,
    means: [...earlier.map(meanOf), mean],
  };
}

/** By the exact mean: 79.96 is shown as 80.0 and is not 80 or more. */
export function bandOf({ attempts, marked, micros }: EarlierSums): Band {
  if (attempts === 0) return 'none';
  if (marked === 0) return 'unmarked';
  if (micros >= 80 * MICROS * marked) return 'excellent';
  if (micros >= 60 * MICROS * marked) return 'good';
  return 'practise';
}

/** Arithmetic mean in percent, one decimal, half up; null where there is nothing to take it of. */
export function meanOf({ marked, micros }: Pick<MonthSums, 'marked' | 'micros'>): number | null {
  return marked === 0 ? null : tenths({ of: micros, by: marked * MICROS });
}

function tenths({ of, by }: { readonly of: number; readonly by: number }): number {
  return halfUp({ of: of * 10, by }) / 10;
}

/** Whole numbers in, the quotient rounded to a whole number, half up. */
function halfUp({ of, by }: { readonly of: number; readonly by: number }): number {
  const doubled = 2 * of + by;
  const rest = doubled % (2 * by);
  return (doubled - rest) / (2 * by);
}

/** One attempt of one person, as the source has it. */
export interface Attempt {
  /** UTC milliseconds. */
  readonly at: number;
  readonly percentage: number | null;
  readonly passed: boolean;
  /** Seconds; null: not measured. */
  readonly taken: number | null;
}

/** The sums of a person's attempts within two instants, the first included. What the database does, for one person. */
export function sumAttempts(
  attempts: readonly Attempt[],
  { from, to }: { readonly from: number; readonly to: number },
): MonthSums {
  const within = attempts.filter(({ at }) => at >= from && at < to);
  const marks = within.flatMap(({ percentage }) => (percentage === null ? [] : [microsOf(percentage)]));
  return {
    attempts: within.length,
    marked: marks.length,
    micros: marks.reduce((sum, one) => sum + one, 0),
    bestMicros: marks.length === 0 ? undefined : Math.max(...marks),
    passed: within.filter(({ passed }) => passed).length,
    seconds: within.reduce((sum, { taken }) => sum + (taken ?? 0), 0),
  };
}

function microsOf(percentage: number): number {
  return Math.round(percentage * MICROS);
}

/**
 * RANK() by mean, the best first: 1, 2, 2, 4. Means count to the millionth; who has none comes last.
 * @param ranked one a person with an attempt
 */
export function ranksOf(ranked: readonly EarlierSums[]): readonly number[] {
  const means = ranked.map(({ marked, micros }) =>
    marked === 0 ? Number.NEGATIVE_INFINITY : halfUp({ of: micros, by: marked }),
  );
  const sorted = means.toSorted((a, b) => b - a);
  return means.map((mean) => sorted.indexOf(mean) + 1);
}
