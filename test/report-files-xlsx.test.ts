import * as fc from 'fast-check';
import readWorkbook from 'read-excel-file/node';
import { describe, expect, it } from 'vitest';
import type { Cell, Column, FileContext, Table } from '../reports/files/table.ts';
import { EXCEL_LIMITS, type SheetLimits } from '../reports/files/xlsx/limits.ts';
import { writeXlsx } from '../reports/files/xlsx.ts';
import { unzip } from './support/report-files/archive.ts';
import {
  brokenTable,
  columnOf,
  contextOf,
  endlessTable,
  tableOf,
  written,
} from './support/report-files/tables.ts';
import { openWorkbook, type StoredCell } from './support/report-files/workbook.ts';
import { brokenRules } from './support/report-files/workbook-rules.ts';
import { child, childrenOf } from './support/report-files/xml.ts';

interface Wishes {
  readonly context?: Partial<FileContext>;
  readonly limits?: Partial<SheetLimits>;
}

async function xlsxOf(table: Table, { context = {}, limits = {} }: Wishes = {}) {
  return written((end) => writeXlsx(table, contextOf(context), end, { ...EXCEL_LIMITS, ...limits }));
}

/** Opens what was written, after every rule of the format was checked. */
async function workbookOf(table: Table, wishes: Wishes = {}) {
  const { bytes, summary } = await xlsxOf(table, wishes);
  const workbook = await openWorkbook(bytes);
  expect(brokenRules(workbook)).toEqual([]);
  const about = workbook.sheets.find(({ name }) => name === 'About');
  const pairs = [...(about?.cells ?? [])].filter(([at]) => at.startsWith('A'));
  const said = Object.fromEntries(
    pairs.map(([at, { value }]) => [String(value), about?.cells.get(`B${at.slice(1)}`)?.value]),
  );
  return { ...workbook, bytes, summary, said };
}

/** The only cell of a column. */
async function cellOf(
  column: Omit<Column, 'name'>,
  cell: Cell,
  wishes: Wishes = {},
): Promise<StoredCell | undefined> {
  const { sheets } = await workbookOf(columnOf(column, [cell]), wishes);
  return sheets[0]?.cells.get('A2');
}

/** Excel shows 15 digits. */
function asShown(value: StoredCell['value'] | undefined): number {
  return Number(Number(value).toPrecision(15));
}

describe('writeXlsx', () => {
  it('is read by another library with the types that the columns have', async () => {
    const table = tableOf(
      [
        { name: 'id', type: 'integer' },
        { name: 'имя', type: 'text' },
        { name: 'amount', type: 'decimal', scale: 2 },
        { name: 'share', type: 'percent' },
        { name: 'day', type: 'date' },
        { name: 'at', type: 'datetime' },
        { name: 'seen', type: 'instant' },
        { name: 'paid', type: 'boolean' },
        { name: 'gap', type: 'text' },
      ],
      [
        [
          7,
          'Анна 😀',
          '1234.50',
          0.125,
          '2025-02-28',
          '2025-02-28 18:00:00',
          new Date('2025-07-01T10:00:00Z'),
          true,
          null,
        ],
      ],
    );
    const { bytes } = await xlsxOf(table);
    const sheets = await readWorkbook(bytes);
    expect(sheets.map(({ sheet }) => sheet)).toEqual(['Weekly sales', 'About']);
    expect(sheets[0]?.data).toEqual([
      ['id', 'имя', 'amount', 'share', 'day', 'at', 'seen', 'paid', 'gap'],
      [
        7,
        'Анна 😀',
        1234.5,
        0.125,
        new Date('2025-02-28T00:00:00Z'),
        new Date('2025-02-28T18:00:00Z'),
        new Date('2025-07-01T12:00:00Z'),
        true,
        null,
      ],
    ]);
  });

  it('is known by its first bytes to programs that look no further', async () => {
    const { bytes } = await xlsxOf(columnOf({ type: 'text' }, ['a']));
    expect([...(await unzip(bytes)).keys()].slice(0, 4)).toEqual([
      '_rels/.rels',
      'docProps/core.xml',
      'xl/styles.xml',
      'xl/worksheets/sheet1.xml',
    ]);
  });

  it('gives the same bytes for the same rows', async () => {
    const [first, second] = await Promise.all(
      [1, 2].map(() => xlsxOf(columnOf({ type: 'text' }, ['a', 'b']))),
    );
    expect(first?.bytes).toEqual(second?.bytes);
  });

  it('has a bold header that stays in sight, a filter over all rows, and a header on each printed page', async () => {
    const { sheets, parts } = await workbookOf(columnOf({ type: 'text' }, ['a', 'b', 'c']));
    const [rows] = sheets;
    expect(rows?.cells.get('A1')).toMatchObject({ value: 'value', bold: true });
    const view = child(child(rows?.element, 'sheetViews'), 'sheetView');
    expect(child(view, 'pane')?.attributes).toMatchObject({ ySplit: '1', state: 'frozen' });
    expect(child(rows?.element, 'autoFilter')?.attributes.ref).toBe('A1:A4');
    const names = childrenOf(child(parts.get('xl/workbook.xml'), 'definedNames'), 'definedName');
    expect(names.map(({ attributes, text }) => [attributes.name, text])).toEqual([
      ['_xlnm._FilterDatabase', "'Weekly sales'!$A$1:$A$4"],
      ['_xlnm.Print_Titles', "'Weekly sales'!$1:$1"],
    ]);
  });

  it('makes columns as wide as their first rows need, within limits', async () => {
    const columns = ['a', 'short', 'long', 'quite a long heading'].map((name) => ({
      name,
      type: 'text' as const,
    }));
    const { sheets } = await workbookOf(
      tableOf(columns, [['x', 'twenty characters ..', 'y'.repeat(500), null]]),
    );
    const widths = childrenOf(child(sheets[0]?.element, 'cols'), 'col').map(
      ({ attributes }) => attributes.width,
    );
    expect(widths).toEqual(['8', '22', '60', '25']);
  });

  it('says on its second sheet what it is', async () => {
    const { said, sheets } = await workbookOf(
      columnOf({ type: 'instant' }, [new Date('2025-01-01T00:00:00Z')]),
    );
    expect(sheets.map(({ name }) => name)).toEqual(['Weekly sales', 'About']);
    expect(said).toMatchObject({
      Report: 'Weekly sales',
      'As of': '2025-03-01 09:00:00+01:00 Europe/Berlin',
      Written: '2025-03-01 09:00:03+01:00 Europe/Berlin',
      'Parameter from': '2025-02-01',
      'Time zone': 'Europe/Berlin',
      Rows: '1 row',
      Times: expect.stringContaining('Europe/Berlin'),
    });
  });

  it.each([
    ['integer', 42, '0', 42],
    ['integer', 999_999_999_999_999n, '0', 999_999_999_999_999],
    ['decimal', '-12.50', '#,##0.00', -12.5],
    ['decimal', '0.1', '#,##0.00', 0.1],
    ['float', 0.1, 'General', 0.1],
    ['float', -0, 'General', 0],
    ['percent', 0.125, '0.0%', 0.125],
    ['percent', '0.5', '0.0%', 0.5],
  ] as const)('writes the %s %s as a number', async (type, cell, format, value) => {
    const scale = type === 'decimal' ? { scale: 2 } : {};
    expect(await cellOf({ type, ...scale }, cell)).toMatchObject({ kind: 'number', value, format });
  });

  it.each([
    ['integer', 1_000_000_000_000_000, '1000000000000000'],
    ['integer', 9007199254740993n, '9007199254740993'],
    ['decimal', '1234567890.123456', '1234567890.123456'],
    ['decimal', 'NaN', 'NaN'],
    ['float', Number.POSITIVE_INFINITY, 'Infinity'],
    ['float', Number.NaN, 'NaN'],
    ['float', 5e-324, '5e-324'],
    ['float', 1.7e308, '1.7e+308'],
  ] as const)('writes the %s %s, which Excel cannot hold exactly, as text', async (type, cell, value) => {
    expect(await cellOf({ type }, cell)).toMatchObject({ kind: 'text', value });
  });

  it('does not count zeros that say nothing among the digits', async () => {
    const cell = await cellOf({ type: 'decimal', scale: 20 }, '0.10000000000000000000');
    expect(cell).toMatchObject({ kind: 'number', value: 0.1 });
  });

  it.each([
    ['date', '2025-02-28', 45_716, 'yyyy\\-mm\\-dd'],
    ['date', '1900-03-01', 61, 'yyyy\\-mm\\-dd'],
    ['date', '9999-12-31', 2_958_465, 'yyyy\\-mm\\-dd'],
    ['datetime', '2025-02-28 12:00:00', 45_716.5, 'yyyy\\-mm\\-dd\\ hh:mm:ss'],
    ['datetime', '2025-02-28 12:00:00.500', 45_716.5 + 0.5 / 86_400, 'yyyy\\-mm\\-dd\\ hh:mm:ss.000'],
    ['time', '06:00:00', 0.25, '[hh]:mm:ss'],
    ['time', '36:00:00', 1.5, '[hh]:mm:ss'],
  ] as const)('writes the %s %s as a day number', async (type, cell, value, format) => {
    expect(await cellOf({ type }, cell)).toMatchObject({ kind: 'number', value, format });
  });

  it.each([
    ['date', '1899-12-31'],
    ['date', '0000-00-00'],
    ['date', '2025-02-30'],
    ['date', '12025-01-01'],
    ['datetime', '2025-02-28 25:00:00'],
    ['time', '-01:00:00'],
    ['date', 'yesterday'],
  ] as const)('leaves the %s %s, which Excel has not, as text', async (type, cell) => {
    expect(await cellOf({ type }, cell)).toMatchObject({ kind: 'text', value: cell });
  });

  it('writes an instant by the clock of the zone, in summer and winter', async () => {
    const winter = await cellOf({ type: 'instant' }, new Date('2025-01-01T11:00:00Z'));
    const summer = await cellOf({ type: 'instant' }, new Date('2025-07-01T10:00:00Z'));
    expect(winter?.value).toBe(45_658.5);
    expect(summer?.value).toBe(45_839.5);
  });

  it.each([
    '=1+1',
    '=HYPERLINK("http://x.example","y")',
    '+1',
    '-1',
    '@SUM(A1)',
    '00123',
    '4111111111111111',
    '1-2',
    '＝1',
  ])('keeps the text %s text, also after an edit', async (text) => {
    expect(await cellOf({ type: 'text' }, text)).toMatchObject({
      kind: 'text',
      value: text,
      format: '@',
      quotePrefix: true,
    });
  });

  it('cuts a text that no cell can hold and says so', async () => {
    const { sheets, said } = await workbookOf(
      columnOf({ type: 'text' }, ['😀'.repeat(20_000), 'b'.repeat(32_767)]),
    );
    const value = String(sheets[0]?.cells.get('A2')?.value);
    expect(value.length).toBeLessThanOrEqual(32_767);
    expect(value.endsWith('😀… [cut]')).toBe(true);
    expect(sheets[0]?.cells.get('A3')?.value).toBe('b'.repeat(32_767));
    expect(said['Cut cells']).toMatch(/^1, longer than the 32,767 characters/);
  });

  it('goes on with another sheet where one is full', async () => {
    const { table } = endlessTable();
    const { sheets, summary, said } = await workbookOf(table, {
      context: { cap: { rows: 25 }, title: 'A title that is longer than a tab' },
      limits: { rows: 11 },
    });
    expect(sheets.map(({ name }) => name)).toEqual([
      'A title that is longer than a t',
      'About',
      'A title that is longer than (2)',
      'A title that is longer than (3)',
    ]);
    expect(sheets[0]?.cells.get('A11')?.value).toBe(9);
    expect(sheets[2]?.cells.get('A1')?.value).toBe('number');
    expect(sheets[2]?.cells.get('A2')?.value).toBe(10);
    expect(sheets[3]?.cells.get('A6')?.value).toBe(24);
    expect(summary).toEqual({ rows: 25, truncated: true });
    expect(said.Sheets).toMatch(/^3 sheets of rows/);
  });

  it('begins another sheet before one has too many bytes', async () => {
    const table = columnOf(
      { type: 'text' },
      Array.from({ length: 9 }, () => 'x'.repeat(30_000)),
    );
    const { sheets, summary } = await workbookOf(table, { limits: { bytes: 100_000 } });
    expect(sheets.length).toBeGreaterThan(2);
    expect(summary).toEqual({ rows: 9, truncated: false });
  });

  it('ends at the cap, says so below the last row and on the second sheet, and lets go of the query', async () => {
    const { table, ended } = endlessTable();
    const { sheets, said, summary } = await workbookOf(table, {
      context: { cap: { rows: 15 }, totalRows: 52_341 },
    });
    expect(sheets[0]?.cells.get('A16')?.value).toBe(14);
    expect(sheets[0]?.cells.get('A17')).toBeUndefined();
    expect(sheets[0]?.cells.get('A18')?.value).toBe('first 15 of 52,341 rows');
    expect(child(sheets[0]?.element, 'autoFilter')?.attributes.ref).toBe('A1:B16');
    expect(said.Rows).toBe('first 15 of 52,341 rows');
    expect(summary).toEqual({ rows: 15, truncated: true });
    expect(ended()).toBe(true);
  });

  it('ends soon after the cap of bytes', async () => {
    const { table, ended } = endlessTable(1_000);
    const { bytes, summary, said } = await workbookOf(table, {
      context: { cap: { rows: 1e6, bytes: 50_000 } },
    });
    expect(bytes.length).toBeLessThan(600_000);
    expect(summary?.truncated).toBe(true);
    expect(said.Rows).toMatch(/^first [\d,]+ rows, there are more$/);
    expect(ended()).toBe(true);
  });

  it('takes no rows and no columns for what they are', async () => {
    const none = await workbookOf(tableOf([{ name: 'a', type: 'text' }], []));
    expect(none.said.Rows).toBe('no rows');
    expect(child(none.sheets[0]?.element, 'autoFilter')?.attributes.ref).toBe('A1:A1');
    const empty = await workbookOf(tableOf([], [[], []]));
    expect(empty.summary).toEqual({ rows: 2, truncated: false });
    expect(empty.said.Columns).toBe('the query gives none');
  });

  it('refuses more columns than a sheet has, and lets go of the query', async () => {
    const columns = Array.from({ length: 16_385 }, (_, index) => ({
      name: `c${index}`,
      type: 'text' as const,
    }));
    let ended = false;
    const rows: Table['rows'] = {
      [Symbol.asyncIterator]: () => ({
        next: () => Promise.resolve({ done: true, value: undefined }),
        return: () => {
          ended = true;
          return Promise.resolve({ done: true, value: undefined });
        },
      }),
    };
    await expect(xlsxOf({ columns, rows })).rejects.toMatchObject({ code: 'too_many_columns', sort: 'item' });
    expect(ended).toBe(true);
  });

  it('holds 60 columns of all types', async () => {
    const columns = Array.from({ length: 60 }, (_, index) => ({
      name: `c${index}`,
      type: 'integer' as const,
    }));
    const { sheets } = await workbookOf(tableOf(columns, [columns.map((_, index) => index)]));
    expect(sheets[0]?.cells.get('BH2')?.value).toBe(59);
  });

  it.each([
    ['Sales [2025]: a/b?*\\', 'Sales 2025 a b'],
    ["'quoted'", 'quoted'],
    ['History', 'Rows'],
    ['about', 'Rows'],
    ['[]', 'Rows'],
    ['O’Brien’s "best" & <rest>', 'O’Brien’s "best" & <rest>'],
    ["it's", "it's"],
    [`${'x'.repeat(30)}😀`, 'x'.repeat(30)],
  ])('calls the sheet of %s by a name that Excel takes', async (title, name) => {
    const { sheets } = await workbookOf(columnOf({ type: 'text' }, ['a']), { context: { title } });
    expect(sheets[0]?.name).toBe(name);
  });

  it('gives any text back, character by character', async () => {
    const anything = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.string({ unit: 'grapheme' }),
      fc.constantFrom(
        '_x0041_',
        '_x000D_x',
        '\u0000\u0001\u001F',
        ' a ',
        '\t',
        '\uFFFE',
        ']]>',
        '&amp;',
        '\u0085',
      ),
    );
    await fc.assert(
      fc.asyncProperty(
        fc.array(anything, { minLength: 1, maxLength: 10 }),
        fc.string(),
        async (texts, title) => {
          const { sheets } = await workbookOf(columnOf({ type: 'text' }, texts), { context: { title } });
          const read = texts.map((_, index) => sheets[0]?.cells.get(`A${index + 2}`));
          expect(read.map((cell) => cell?.value)).toEqual(
            texts.map((text) => text.replace(/\r\n?/g, '\n').toWellFormed()),
          );
          expect(read.every((cell) => cell?.kind === 'text')).toBe(true);
        },
      ),
      { numRuns: 40 },
    );
  });

  it('gives any number back, as a number or as the same text', async () => {
    const decimal = fc
      .tuple(fc.bigInt({ min: -(10n ** 20n), max: 10n ** 20n }), fc.integer({ min: 0, max: 20 }))
      .map(([digits, scale]) => {
        const text = String(digits < 0n ? -digits : digits).padStart(scale + 1, '0');
        const whole = text.slice(0, text.length - scale);
        return `${digits < 0n ? '-' : ''}${whole}${scale === 0 ? '' : `.${text.slice(-scale)}`}`;
      });
    await fc.assert(
      fc.asyncProperty(
        fc.array(decimal, { minLength: 1 }),
        fc.array(fc.double(), { minLength: 1 }),
        async (a, b) => {
          const decimals = (await workbookOf(columnOf({ type: 'decimal' }, a))).sheets[0]?.cells;
          for (const [index, text] of a.entries()) {
            const cell = decimals?.get(`A${index + 2}`);
            const same = cell?.kind === 'text' ? cell.value === text : asShown(cell?.value) === Number(text);
            expect(same, `${text} as ${cell?.kind} ${cell?.value}`).toBe(true);
          }
          const floats = (await workbookOf(columnOf({ type: 'float' }, b))).sheets[0]?.cells;
          for (const [index, value] of b.entries()) {
            expect(Number(floats?.get(`A${index + 2}`)?.value)).toBe(value + 0);
          }
        },
      ),
      { numRuns: 40 },
    );
  });

  it('reads no further than the file is taken', async () => {
    const { table, batches, ended } = endlessTable(1_000);
    const file = writeXlsx(table, contextOf({ cap: { rows: 1e9 } }), () => {});
    for (let chunks = 0; chunks < 5; chunks += 1) await file.next();
    const read = batches();
    expect(read).toBeLessThan(400);
    await file.return();
    expect(ended()).toBe(true);
  });

  it('throws the error of a query that fails half-way', async () => {
    await expect(xlsxOf(brokenTable())).rejects.toThrow('connection lost');
  });
});
