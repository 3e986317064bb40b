import { describe, expect, it } from 'vitest';
import { type JudgedBefore, judge } from '../domain/reports/alert.ts';
import { createObserver, type Observed } from '../domain/reports/condition.ts';
import type { ReportCondition, ReportTest } from '../domain/reports/definition.ts';
import type { Cell, Row } from '../domain/reports/table.ts';

const columns = [
  { name: 'shop', type: 'text' },
  { name: 'Pieces', type: 'decimal', scale: 2 },
] as const;

function condition(test: ReportTest, more: Partial<ReportCondition> = {}): ReportCondition {
  return { test, alert: 'once', recovered: true, ...more };
}

function observed(rows: readonly Row[], wanted: ReportCondition | undefined): Observed {
  const observer = createObserver({ columns, condition: wanted });
  for (const row of rows) observer.see([row]);
  return observer.result();
}

const pieces = (
  is: '>' | '>=' | '<' | '<=' | '=' | '!=',
  to: number | string,
  rows: 'first' | 'any' = 'first',
) => ({ kind: 'value', column: 'pieces', rows, is, to }) as const;

describe('what a run observes', () => {
  it.each<[Cell, ReturnType<typeof pieces>, boolean]>([
    ['9.99', pieces('<', 10), true],
    ['10.00', pieces('<', 10), false],
    ['10.00', pieces('=', 10), true],
    ['10.00', pieces('>=', 10), true],
    ['-3', pieces('<=', -3), true],
    ['9007199254740993', pieces('>', 0), true],
    ['7', pieces('!=', 7), false],
    ['open', pieces('=', 'open'), true],
    ['open', pieces('!=', 'closed'), true],
    ['b', pieces('>', 'a'), true],
    // As numbers, not as texts.
    ['9', pieces('<', 10), true],
    [true, pieces('=', 'true'), true],
    // No number is neither smaller nor greater, and it is another.
    ['many', pieces('>', 3), false],
    ['many', pieces('<', 3), false],
    ['many', pieces('!=', 3), true],
    ['', pieces('=', 0), false],
    ['0x10', pieces('=', 16), false],
    ['1.5e2', pieces('=', 150), true],
    // NULL fulfils nothing but "is not".
    [null, pieces('=', 0), false],
    [null, pieces('<', 5), false],
    [null, pieces('>=', -5), false],
    [null, pieces('!=', 5), true],
    [null, pieces('!=', 'x'), true],
    [Number.NaN, pieces('<', 5), false],
  ])('%j with %j: %s', (cell, test, holds) => {
    expect(observed([['a', cell]], condition(test)).holds).toBe(holds);
  });

  it('looks at the first row, or at each', () => {
    const rows = [
      ['a', '9'],
      ['b', '3'],
    ];
    expect(observed(rows, condition(pieces('<', 5))).holds).toBe(false);
    expect(observed(rows, condition(pieces('<', 5, 'any'))).holds).toBe(true);
    expect(observed([], condition(pieces('<', 5, 'any'))).holds).toBe(false);
  });

  it('counts rows', () => {
    const none = condition({ kind: 'rowCount', is: '=', to: 0 });
    expect(observed([], none)).toMatchObject({ rowCount: 0, holds: true });
    expect(observed([['a', '1']], none)).toMatchObject({ rowCount: 1, holds: false });
  });

  it('holds still between its number and "until"', () => {
    const low = condition(pieces('<', 10), { until: 15 });
    expect(observed([['a', '9']], low)).toMatchObject({ holds: true, holdsStill: true });
    expect(observed([['a', '12']], low)).toMatchObject({ holds: false, holdsStill: true });
    expect(observed([['a', '15']], low)).toMatchObject({ holds: false, holdsStill: false });
    const many = condition({ kind: 'rowCount', is: '>', to: 1 }, { until: 0 });
    expect(observed([['a', '1']], many)).toMatchObject({ holds: false, holdsStill: true });
  });

  it('knows the same rows again, and tells values apart that look alike', () => {
    const changed = condition({ kind: 'changed' });
    const digest = (rows: readonly Row[]) => observed(rows, changed).digest;
    expect(digest([['a', '1']])).toBe(digest([['a', '1']]));
    const others: readonly (readonly Row[])[] = [
      [],
      [['a', '1.0']],
      [['a', 1]],
      [['a', null]],
      [['a', 'null']],
      [
        ['a', '1'],
        ['a', '1'],
      ],
      [['1', 'a']],
    ];
    expect(new Set([digest([['a', '1']]), ...others.map(digest)]).size).toBe(others.length + 1);
    expect(observed([['a', '1']], undefined).digest).toBe('');
  });

  it('refuses a column that the query does not give, naming those that it gives', () => {
    expect(() => observed([], condition({ ...pieces('<', 5), column: 'stock' }))).toThrow(
      'the condition asks for column "stock", and the query gives shop, Pieces',
    );
  });
});

const at = (hour: number) => new Date(Date.UTC(2026, 10, 21, hour));

/** Judges values one after the other, an hour apart, each beside the one before. */
function course(
  values: readonly Cell[],
  { wanted, rearmHours }: { readonly wanted: ReportCondition; readonly rearmHours?: number },
): readonly string[] {
  let before: JudgedBefore | undefined;
  return values.map((value, hour) => {
    const seen = observed([['a', value]], wanted);
    const { alertState, tells } = judge({
      condition: wanted,
      observed: seen,
      before,
      asOf: at(hour),
      rearmMs: rearmHours === undefined ? undefined : rearmHours * 3_600_000,
    });
    const alertedAt = alertState === 'alerted' ? at(hour) : before?.alertedAt;
    before = { alertState, digest: seen.digest, alertedAt };
    return `${alertState}: ${tells}`;
  });
}

describe('who is told', () => {
  it('once, when it begins; again when it begins anew', () => {
    expect(course(['20', '3', '2', '20', '20', '1'], { wanted: condition(pieces('<', 5)) })).toEqual([
      'quiet: nothing',
      'alerted: alert',
      'holding: nothing',
      'recovered: recovered',
      'quiet: nothing',
      'alerted: alert',
    ]);
  });

  it('at the first run, where it holds', () => {
    expect(course(['3'], { wanted: condition(pieces('<', 5)) })).toEqual(['alerted: alert']);
  });

  it('of a recovery only where that is wanted', () => {
    const wanted = condition(pieces('<', 5), { recovered: false });
    expect(course(['3', '20'], { wanted })).toEqual(['alerted: alert', 'recovered: nothing']);
  });

  it('every time', () => {
    const wanted = condition(pieces('<', 5), { alert: 'every' });
    expect(course(['3', '2', '20'], { wanted })).toEqual([
      'alerted: alert',
      'alerted: alert',
      'recovered: recovered',
    ]);
  });

  it('again after a while though it never ceased', () => {
    const wanted = condition(pieces('<', 5));
    expect(course(['3', '3', '3', '3', '3'], { wanted, rearmHours: 2 })).toEqual([
      'alerted: alert',
      'holding: nothing',
      'alerted: alert',
      'holding: nothing',
      'alerted: alert',
    ]);
  });

  it('not again and again by a value on the edge', () => {
    const wanted = condition(pieces('<', 10), { until: 15 });
    expect(course(['9', '11', '9', '11', '16', '11'], { wanted })).toEqual([
      'alerted: alert',
      'holding: nothing',
      'holding: nothing',
      'holding: nothing',
      'recovered: recovered',
      'quiet: nothing',
    ]);
    // Between the two it holds only because it did before; "every" tells of what holds by itself.
    const every = { ...wanted, alert: 'every' as const };
    expect(course(['9', '11', '9'], { wanted: every })).toEqual([
      'alerted: alert',
      'holding: nothing',
      'alerted: alert',
    ]);
  });

  it('of a change, beginning with the second run', () => {
    const wanted = condition({ kind: 'changed' });
    expect(course(['1', '1', '2', '2', '1'], { wanted })).toEqual([
      'quiet: nothing',
      'quiet: nothing',
      'alerted: alert',
      'quiet: nothing',
      'alerted: alert',
    ]);
  });
});
