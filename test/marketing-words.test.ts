import { describe, expect, it } from 'vitest';
import { anomalyInWords, changeText, isAnomaly } from '../domain/marketing/anomalies.ts';
import { reviewExperiment } from '../domain/marketing/experiments.ts';
import type { DayFigures } from '../domain/marketing/figures.ts';
import { whatToLookAt } from '../domain/marketing/look-at.ts';
import { compact, grouped, meanText } from '../domain/marketing/numbers.ts';
import { daysOfReport, marketingReport } from '../domain/marketing/report.ts';
import { type FlowPeriod, type FlowReview, NO_MAILS } from '../domain/marketing/review-figures.ts';
import { marketingReportParams } from '../reports/marketing-report-mail.ts';

function figures(more: Partial<DayFigures> = {}): DayFigures {
  return {
    leads: 0,
    optIns: 0,
    assessments: { critical: 0, urgent: 0, optimize: 0, unknown: 0 },
    entries: { language: 0, non_language: 0 },
    purchases: { language: 0, non_language: 0 },
    toDate: { entries: 0, purchases: 0 },
    mails: NO_MAILS,
    ...more,
  };
}

/** The report of Monday, 10 February 2025, of so many leads a day, the last of them that day. */
function reportOf(leads: readonly number[], more: Partial<DayFigures> = {}) {
  const days = daysOfReport('2025-02-10');
  const known = [...Array.from({ length: days.length - leads.length }, () => 0), ...leads];
  return marketingReport({
    days: days.map((day, place) => ({ day, figures: figures({ ...more, leads: known[place] ?? 0 }) })),
    timezone: 'UTC',
  });
}

describe('an anomaly', () => {
  it.each([
    { value: 131, weekSum: 700, is: true },
    { value: 130, weekSum: 700, is: false },
    { value: 69, weekSum: 700, is: true },
    { value: 70, weekSum: 700, is: false },
    { value: 2, weekSum: 7, is: false },
    { value: 0, weekSum: 28, is: false },
    { value: 0, weekSum: 35, is: true },
    { value: 4, weekSum: 0, is: false },
    { value: 5, weekSum: 0, is: true },
    { value: 0, weekSum: 0, is: false },
  ])(
    'is more than 30 % and at least 5 away from the mean: $value beside $weekSum in 7 days',
    ({ is, ...compared }) => {
      expect(isAnomaly(compared)).toBe(is);
    },
  );

  it.each([
    {
      value: 12,
      weekSum: 200,
      words: 'Opt-ins: 12, 58\u00a0% below the 7\u2011day mean of 28.6.',
      change: '−58\u00a0%',
    },
    {
      value: 48,
      weekSum: 199,
      words: 'Opt-ins: 48, 69\u00a0% above the 7\u2011day mean of 28.4.',
      change: '+69\u00a0%',
    },
    { value: 40, weekSum: 70, words: 'Opt-ins: 40, 4.0 times the 7\u2011day mean of 10.0.', change: '×4.0' },
    {
      value: 0,
      weekSum: 840,
      words: 'Opt-ins: none, where the 7\u2011day mean is 120.0.',
      change: '−100\u00a0%',
    },
    { value: 12, weekSum: 0, words: 'Opt-ins: 12, and none in the 7 days before.', change: 'new' },
  ])('is named in words: $words', ({ words, change, ...compared }) => {
    expect(anomalyInWords({ name: 'Opt-ins', ...compared })).toBe(words);
    expect(changeText(compared)).toBe(change);
  });

  it('is looked for only where there is a week to compare with', () => {
    expect(reportOf([10, 10, 50])).toMatchObject({ isComparable: false, anomalies: [] });
    expect(reportOf([1, 10, 10, 10, 10, 10, 10, 50])).toMatchObject({
      isComparable: true,
      anomalies: ['New leads: 50, 5.7 times the 7\u2011day mean of 8.7.'],
    });
  });

  it('of a part says what it is a part of', () => {
    const days = daysOfReport('2025-02-10').map((day) => ({
      day,
      figures: figures({
        assessments: { critical: day === '2025-02-10' ? 20 : 2, urgent: 0, optimize: 0, unknown: 0 },
      }),
    }));
    expect(marketingReport({ days, timezone: 'UTC' }).anomalies).toEqual([
      'Assessments: 20, 10.0 times the 7\u2011day mean of 2.0.',
      'Assessments, critical: 20, 10.0 times the 7\u2011day mean of 2.0.',
    ]);
  });
});

describe('numbers', () => {
  it('are grouped, and shortened beside others where they are huge', () => {
    expect(grouped(1_234_567)).toBe('1,234,567');
    expect([999_999, 12_345_678, 123_456_789_012, 9_007_199_254_740_991].map(compact)).toEqual([
      '999,999',
      '12.3M',
      '123B',
      '9.01Q',
    ]);
  });

  it('round means half-up', () => {
    expect(meanText({ sum: 29, days: 7 })).toBe('4.1');
    expect(meanText({ sum: 1, days: 20 })).toBe('0.1');
    expect(meanText({ sum: 69_999, days: 7 })).toBe('9,999.9');
    expect(meanText({ sum: 123_456, days: 7 })).toBe('17,637');
  });

  it('stay exact in the mail, however large', () => {
    const huge = 9_007_199_254_740;
    const report = reportOf(Array.from({ length: 14 }, () => huge));
    const params = marketingReportParams(report, undefined) as { rows: readonly { label: string }[] };
    expect(params.rows.find(({ label }) => label === 'New leads')).toMatchObject({
      value: '9,007,199,254,740',
      before: '9.01T',
      mean: '9.01T',
      change: '±0\u00a0%',
    });
  });
});

function flow({
  now,
  before,
  ...rest
}: Partial<Pick<FlowReview, 'id' | 'isKnown'>> & {
  readonly now: Partial<FlowPeriod>;
  readonly before: Partial<FlowPeriod>;
}): FlowReview {
  const period = { entered: 0, converted: null, goals: null, mails: NO_MAILS };
  return {
    kind: 'journey',
    id: 'welcome',
    isKnown: true,
    week: { ...period, ...now },
    before: { ...period, ...before },
    ...rest,
  };
}

const look = (one: FlowReview) => whatToLookAt({ flows: [one], experiments: [] });

describe('what to look at', () => {
  it.each([
    {
      what: 'bounces above 2 %',
      now: { mails: { ...NO_MAILS, sent: 1000, bounced: 40 } },
      before: { mails: { ...NO_MAILS, sent: 1000, bounced: 40 } },
      words: ['Journey welcome: 4.0\u00a0% of the mails bounced. Check where these addresses come from.'],
    },
    {
      what: 'a click rate that fell',
      now: { mails: { ...NO_MAILS, sent: 1000, clicked: 70 } },
      before: { mails: { ...NO_MAILS, sent: 1000, clicked: 120 } },
      words: ['Journey welcome: the click rate fell from 12.0\u00a0% to 7.0\u00a0%.'],
    },
    {
      what: 'a journey that sent nothing',
      now: {},
      before: { mails: { ...NO_MAILS, sent: 120 } },
      words: ['Journey welcome sent nothing; it was 120 mails the week before.'],
    },
    {
      what: 'many more people',
      now: { entered: 40 },
      before: { entered: 20 },
      words: ['Journey welcome: 40 people entered, 20 the week before.'],
    },
    {
      what: 'nothing that chance explains',
      now: { entered: 22, mails: { ...NO_MAILS, sent: 60, clicked: 6, bounced: 1 } },
      before: { entered: 20, mails: { ...NO_MAILS, sent: 60, clicked: 9 } },
      words: [],
    },
    {
      what: 'nothing of few mails',
      now: { mails: { ...NO_MAILS, sent: 10, bounced: 5 } },
      before: { mails: { ...NO_MAILS, sent: 10 } },
      words: [],
    },
  ])('names $what', ({ now, before, words }) => {
    expect(look(flow({ now, before }))).toEqual(words);
  });

  it('says of a journey that it was removed', () => {
    expect(
      look(flow({ id: 'old', isKnown: false, now: { entered: 40 }, before: { entered: 20 } }))[0],
    ).toMatch(/^Journey old \(removed\): /);
  });
});

function verdict(arms: Readonly<Record<string, readonly [people: number, goals: number]>>): string {
  return reviewExperiment({
    journey: 'welcome',
    experiment: 'subject',
    arms: Object.entries(arms).map(([arm, [people, goals]]) => ({ arm, people, goals })),
  }).verdict;
}

describe('the verdict of an experiment', () => {
  it.each([
    [{ a: [20, 10], b: [400, 20] }, 'Too early to say: each arm needs 50 people, a has 20.'],
    [{ a: [400, 40], b: [400, 44] }, 'Too early to say: the arms differ no more than chance can make them.'],
    [{ a: [0, 0] }, 'Too early to say: there is only one arm with people.'],
    [{ a: [400, 20], b: [400, 60] }, 'b is ahead of a by 10.0 points (5.9 to 14.2).'],
    [
      { a: [400, 58], b: [400, 60], holdout: [400, 20] },
      'b is ahead of holdout by 10.0 points (5.9 to 14.2). Between b and a it is too early to say.',
    ],
  ] as const)('%o: %s', (arms, words) => {
    expect(verdict(arms)).toBe(words);
  });
});
