import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkMailChart, type MailChart } from '../domain/mail-chart.ts';
import { htmlBody } from '../reports/files/html-body.ts';
import type { Sample } from '../reports/files/sample.ts';
import type { Cell, Column, Row } from '../reports/files/table.ts';
import { contextOf } from './support/report-files/tables.ts';

function sampleOf(columns: readonly Column[], rows: readonly Row[], more: Partial<Sample> = {}): Sample {
  return { columns, rows, total: rows.length, truncated: false, ...more };
}

const DAY: Column = { name: 'day', type: 'date' };
const SIGN_UPS: Column = { name: 'sign-ups', type: 'integer' };
const PLAN: Column = { name: 'plan', type: 'text' };

function numbered(count: number): readonly Row[] {
  return Array.from({ length: count }, (_, index) => [index, `text ${index}`]);
}
const NUMBERED: readonly Column[] = [
  { name: 'number', type: 'integer' },
  { name: 'text', type: 'text' },
];

describe('htmlBody', () => {
  it('shows names, values for people, and how many rows there are', () => {
    const { html, text } = htmlBody(
      sampleOf(
        [PLAN, { name: 'revenue', type: 'decimal', scale: 2 }],
        [
          ['Gold', '12345.50'],
          ['Basic', null],
        ],
      ),
      contextOf(),
    );
    expect(html).toContain('>Gold</td>');
    expect(html).toMatch(/align="right"[^>]*>12,345.50<\/td>/);
    expect(html).toContain('>&#8211;</td>');
    expect(html).toContain('2 rows.');
    expect(text).toBe('plan     revenue\n-----  ---------\nGold   12,345.50\nBasic          –\n\n2 rows.');
  });

  it('escapes what comes from the database, and placeholders of whoever handles the mail after us', () => {
    const evil = '<img src=x onerror=alert(1)>{{ contact.EMAIL }}{% raw %}';
    const { html, text } = htmlBody(sampleOf([{ name: evil, type: 'text' }], [[evil]]), contextOf());
    expect(html).not.toContain('<img');
    expect(html).not.toContain('{');
    expect(html).toContain('&lt;img src=x onerror=alert(1)&gt;&#123;&#123; contact.EMAIL');
    expect(text).not.toMatch(/\{[{%]/);
  });

  it('holds no markup but its own, whatever the texts', () => {
    const own = /<\/?(?:div|table|thead|tbody|tr|th|td|p|br|wbr)(?: [a-z]+="[^"<>]*")*>/g;
    const anything = fc.oneof(fc.string({ unit: 'binary' }), fc.string({ unit: 'grapheme' }));
    fc.assert(
      fc.property(anything, anything, (name, cell) => {
        const { html } = htmlBody(sampleOf([{ name, type: 'text' }], [[cell]]), contextOf());
        expect(html.replaceAll(own, '')).not.toMatch(/[<>{"'\u202A-\u202E]/);
        expect(html.isWellFormed()).toBe(true);
      }),
    );
  });

  it('lets an address break at its signs', () => {
    const { html } = htmlBody(sampleOf([PLAN], [['someone.long@example.org']]), contextOf());
    expect(html).toContain('>someone.<wbr>long@<wbr>example.<wbr>org</td>');
  });

  it('shows the first 20 rows and says of how many', () => {
    const { html, text } = htmlBody(sampleOf(NUMBERED, numbered(31), { total: 1_234 }), contextOf());
    expect(html).toContain('text 19<');
    expect(html).not.toContain('text 20<');
    expect(text).toContain('First 20 of 1,234 rows.');
  });

  it('says when the file ends early, too', () => {
    const sample = sampleOf(NUMBERED, numbered(31), { total: 1_000, truncated: true });
    const { text } = htmlBody(sample, contextOf({ totalRows: 52_341 }));
    expect(text).toContain('First 20 of 52,341 rows.');
    expect(text).toContain('The file ends early, too: first 1,000 of 52,341 rows.');
    expect(htmlBody(sample, contextOf()).text).toContain('First 20 rows, there are more.');
  });

  it('shows the first 6 of 60 columns', () => {
    const columns = Array.from({ length: 60 }, (_, index) => ({
      name: `c${index}`,
      type: 'integer' as const,
    }));
    const { html, text } = htmlBody(sampleOf(columns, [columns.map((_, index) => index)]), contextOf());
    expect(html).toContain('>c5</th>');
    expect(html).not.toContain('>c6</th>');
    expect(text).toContain('First 6 of 60 columns.');
  });

  it('shortens long cells, without halves of characters', () => {
    const { html } = htmlBody(sampleOf([PLAN], [['😀'.repeat(500)]]), contextOf());
    expect(html).toMatch(/>(?:😀){79}…<\/td>/u);
  });

  it('shows instants by the clock of the zone, and says so', () => {
    const { text } = htmlBody(
      sampleOf([{ name: 'at', type: 'instant' }], [[new Date('2025-07-01T10:00:00Z')]]),
      contextOf(),
    );
    expect(text).toContain('2025-07-01 12:00:00');
    expect(text).toContain('Times by the clock of Europe/Berlin.');
  });

  it('has no table where there is nothing to show', () => {
    expect(htmlBody(sampleOf([PLAN], []), contextOf())).toMatchObject({ text: 'No rows.' });
    expect(htmlBody(sampleOf([], [[], []]), contextOf()).text).toBe('The query gives no columns.\n2 rows.');
    expect(htmlBody(sampleOf([PLAN], []), contextOf()).html).not.toContain('<table');
  });

  it('looks right on light and dark ground: it sets no ink and no ground', () => {
    const { html } = htmlBody(sampleOf(NUMBERED, numbered(3)), contextOf());
    expect(html).not.toMatch(/background|bgcolor/);
    expect(html.match(/(?<![-\w])color:[^;"]+/g)?.every((rule) => rule === 'color:inherit')).toBe(true);
  });
});

function chartOf(
  columns: readonly Column[],
  rows: readonly Row[],
  more: Partial<Sample> = {},
): MailChart | undefined {
  return htmlBody(sampleOf(columns, rows, more), contextOf()).chart;
}

describe('chart of an HTML body', () => {
  it('draws a number for each day as a line, in the order of days', () => {
    expect(
      chartOf(
        [DAY, SIGN_UPS],
        [
          ['2025-02-02', 5],
          ['2025-02-01', 3n],
          ['2025-02-03', null],
        ],
      ),
    ).toEqual({
      kind: 'lines',
      title: 'Weekly sales',
      labels: ['2025-02-01', '2025-02-02', '2025-02-03'],
      series: [{ name: 'sign-ups', values: [3, 5, null] }],
    });
  });

  it('draws a number for each category as bars, shares in per cent', () => {
    expect(
      chartOf(
        [PLAN, { name: 'share', type: 'percent' }],
        [
          ['Gold', '0.07'],
          ['Basic', 0.93],
        ],
      ),
    ).toEqual({
      kind: 'bars',
      title: 'Weekly sales',
      unit: '%',
      labels: ['Gold', 'Basic'],
      series: [{ name: 'share', values: [7, 93] }],
    });
  });

  it('leaves out numbers that are names of things', () => {
    const chart = chartOf(
      [{ name: 'plan_id', type: 'integer' }, PLAN, SIGN_UPS],
      [
        [1, 'a', 5],
        [2, 'b', 6],
      ],
    );
    expect(chart?.series.map(({ name }) => name)).toEqual(['sign-ups']);
  });

  const two: readonly Row[] = [
    ['a', 1],
    ['b', 2],
  ];
  const cases: readonly (readonly [string, readonly Column[], readonly Row[], Partial<Sample>?])[] = [
    ['a single row', [PLAN, SIGN_UPS], [['a', 1]]],
    ['more rows than are known here', [PLAN, SIGN_UPS], two, { total: 3 }],
    ['a truncated file', [PLAN, SIGN_UPS], two, { truncated: true }],
    [
      'more rows than a chart shows',
      [PLAN, SIGN_UPS],
      Array.from({ length: 32 }, (_, index) => [`${index}`, 1]),
    ],
    [
      'categories that repeat',
      [PLAN, SIGN_UPS],
      [
        ['a', 1],
        ['a', 2],
      ],
    ],
    [
      'two columns of categories',
      [PLAN, { name: 'city', type: 'text' }, SIGN_UPS],
      [
        ['a', 'x', 1],
        ['b', 'y', 2],
      ],
    ],
    ['no numbers', [PLAN], [['a'], ['b']]],
    ['no categories', [SIGN_UPS], [[1], [2]]],
    [
      'a category that is NULL',
      [PLAN, SIGN_UPS],
      [
        ['a', 1],
        [null, 2],
      ],
    ],
    [
      'e-mail addresses, which no address of an image may hold',
      [PLAN, SIGN_UPS],
      [
        ['a@example.org', 1],
        ['b', 2],
      ],
    ],
    [
      'shares beside counts',
      [PLAN, SIGN_UPS, { name: 'share', type: 'percent' }],
      [
        ['a', 1, 0.5],
        ['b', 2, 0.5],
      ],
    ],
    [
      'numbers beyond what is exact',
      [PLAN, SIGN_UPS],
      [
        ['a', 2n ** 60n],
        ['b', 2],
      ],
    ],
  ];
  it.each(cases.map(([name, columns, rows, more]) => ({ name, columns, rows, more })))(
    'draws none for $name',
    ({ columns, rows, more }) => {
      expect(chartOf(columns, rows, more)).toBeUndefined();
    },
  );

  it('draws none when told so', () => {
    expect(
      htmlBody(
        sampleOf(
          [DAY, SIGN_UPS],
          [
            ['2025-02-01', 1],
            ['2025-02-02', 2],
          ],
        ),
        contextOf(),
        'none',
      ).chart,
    ).toBeUndefined();
  });

  it('makes only charts that can be drawn', () => {
    expect.hasAssertions();
    const label = fc.oneof(fc.string({ unit: 'binary', maxLength: 90 }), fc.constantFrom('a', 'b', 'c'));
    const value = fc.oneof(fc.double(), fc.bigInt(), fc.constant(null), fc.string({ maxLength: 3 }));
    const rows = fc.array(fc.tuple(label, value) as fc.Arbitrary<readonly Cell[]>, { maxLength: 6 });
    fc.assert(
      fc.property(
        rows,
        fc.string({ unit: 'binary' }),
        fc.string({ unit: 'binary' }),
        (cells, title, name) => {
          const sample = sampleOf([PLAN, { name, type: 'float' }], cells);
          const { chart } = htmlBody(sample, contextOf({ title }));
          expect(chart && checkMailChart(chart)).toEqual(chart);
        },
      ),
    );
  });
});
