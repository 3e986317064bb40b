import { FUNNEL_TYPES, type FunnelType } from './funnels.ts';

/** People who entered a funnel in some period, and those of them who have bought since. */
export interface FunnelCount {
  readonly funnel: FunnelType;
  readonly entries: number;
  readonly purchased: number;
}

export interface Conversion {
  readonly entries: number;
  readonly purchased: number;
  /** Per cent with two decimals, rounded half-up: "33.33"; "0.00" where nobody entered. */
  readonly conversion: string;
}

interface FunnelConversion extends Conversion {
  readonly funnel: FunnelType;
}

export interface ConversionReport {
  /** Every funnel once, in the order of FUNNEL_TYPES. */
  readonly funnels: readonly FunnelConversion[];
  readonly total: Conversion;
}

/** The report of the counts given; a funnel without a count is there with zeros. */
export function conversionReport(counts: readonly FunnelCount[]): ConversionReport {
  const funnels = FUNNEL_TYPES.map((funnel) => ({
    funnel,
    ...addUp(counts.filter((count) => count.funnel === funnel)),
  }));
  return { funnels, total: addUp(funnels) };
}

function addUp(counts: readonly Pick<FunnelCount, 'entries' | 'purchased'>[]): Conversion {
  const entries = counts.reduce((sum, count) => sum + count.entries, 0);
  const purchased = counts.reduce((sum, count) => sum + count.purchased, 0);
  return { entries, purchased, conversion: conversionPercent({ entries, purchased }) };
}

/**
 * Per cent of the entries that purchased, two decimals, half-up. Computed in whole numbers: 1 of 800 is exactly 0.125 and
 * becomes "0.13", which floating point rounds to one or the other.
 */
export function conversionPercent({ entries, purchased }: { entries: number; purchased: number }): string {
  if (entries === 0) return '0.00';
  const divisor = 2n * BigInt(entries);
  const hundredths = (BigInt(purchased) * 20_000n + BigInt(entries)) / divisor;
  const digits = hundredths.toString().padStart(3, '0');
  return `${digits.slice(0, -2)}.${digits.slice(-2)}`;
}

/** What happened in one funnel on one day. */
export interface DailyCount {
  /** YYYY-MM-DD in the zone of the report. */
  readonly day: string;
  readonly funnel: FunnelType;
  /** Tests of this funnel's class taken that day, whoever took them. */
  readonly tests: number;
  /** People who entered the funnel that day. */
  readonly entries: number;
  /** Conversions whose payment is of that day. */
  readonly purchases: number;
}

/** A day with the totals from the first day of the report up to and including it. */
export interface DailyConversion extends Omit<DailyCount, 'tests'> {
  /** `null` where the site could not be asked. */
  readonly tests: number | null;
  readonly totalEntries: number;
  readonly totalPurchased: number;
}

/** Orders the days, puts in the quiet ones between the first and the last, and adds the running totals of each funnel. */
export function dailyConversions(counts: readonly DailyCount[]): readonly DailyConversion[] {
  const byKey = new Map<string, DailyCount>();
  for (const count of counts) {
    const key = `${count.day} ${count.funnel}`;
    const known = byKey.get(key);
    byKey.set(key, known === undefined ? count : plus(known, count));
  }
  const totals = new Map<FunnelType, { entries: number; purchased: number }>();
  return daysOf(counts).flatMap((day) =>
    FUNNEL_TYPES.map((funnel) => {
      const count = byKey.get(`${day} ${funnel}`) ?? { day, funnel, tests: 0, entries: 0, purchases: 0 };
      const before = totals.get(funnel) ?? { entries: 0, purchased: 0 };
      const total = {
        entries: before.entries + count.entries,
        purchased: before.purchased + count.purchases,
      };
      totals.set(funnel, total);
      return { ...count, totalEntries: total.entries, totalPurchased: total.purchased };
    }),
  );
}

function plus(a: DailyCount, b: DailyCount): DailyCount {
  return {
    ...a,
    tests: a.tests + b.tests,
    entries: a.entries + b.entries,
    purchases: a.purchases + b.purchases,
  };
}

const DAY = 86_400_000;

function daysOf(counts: readonly DailyCount[]): readonly string[] {
  const days = counts.map(({ day }) => day).sort();
  const [first] = days;
  const last = days.at(-1);
  if (first === undefined || last === undefined) return [];
  const start = Date.parse(`${first}T00:00:00Z`);
  const length = Math.round((Date.parse(`${last}T00:00:00Z`) - start) / DAY) + 1;
  return Array.from({ length }, (_, index) => new Date(start + index * DAY).toISOString().slice(0, 10));
}
