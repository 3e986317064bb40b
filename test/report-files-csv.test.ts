import { parse } from 'csv-parse/sync';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type CsvOptions, writeCsv } from '../reports/files/csv.ts';
import type { Cell, FileContext, Table } from '../reports/files/table.ts';
import {
  brokenTable,
  columnOf,
  contextOf,
  endlessTable,
  tableOf,
  written,
} from './support/report-files/tables.ts';

interface Wishes extends CsvOptions {
  readonly context?: Partial<FileContext>;
}

async function csvOf(table: Table, { context = {}, ...options }: Wishes = {}) {
  const { bytes, summary } = await written((end) =>
    writeCsv(table, contextOf(context), end, { bom: false, ...options }),
  );
  return { bytes, text: bytes.toString(), summary };
}

/** What a file of one text column holds, without its header. */
async function fieldsOf(cells: readonly Cell[], wishes: Wishes = {}): Promise<readonly string[]> {
  const { text } = await csvOf(columnOf({ type: 'text' }, cells), wishes);
  return text.split('\r\n').slice(1, -1);
}

describe('writeCsv', () => {
  it('writes a header and records that end with CRLF', async () => {
    const table = tableOf(
      [
        { name: 'id', type: 'integer' },
        { name: 'имя', type: 'text' },
      ],
      [
        [1, 'Анна'],
        [2n, '😀'],
      ],
    );
    const { text, summary } = await csvOf(table);
    expect(text).toBe('id,имя\r\n1,Анна\r\n2,😀\r\n');
    expect(summary).toEqual({ rows: 2, truncated: false });
  });

  it.each([
    ['text with the delimiter', 'a,b', '"a,b"'],
    ['text with quotes', 'say "hi"', '"say ""hi"""'],
    ['text with a line break', 'a\nb', '"a\nb"'],
    ['an empty text, which is not NULL', '', '""'],
    ['a space at the edge', ' a', '" a"'],
    ['half a character', 'a\uD800b', 'a\uFFFDb'],
  ])('quotes what needs it: %s', async (_, cell, field) => {
    const { bytes } = await csvOf(
      tableOf(
        [
          { name: 'a', type: 'text' },
          { name: 'b', type: 'text' },
        ],
        [[cell, 'x']],
      ),
    );
    expect(bytes.toString()).toBe(`a,b\r\n${field},x\r\n`);
  });

  it('leaves NULL empty, and a record of NULL alone is no empty line', async () => {
    expect(
      (
        await csvOf(
          tableOf(
            [
              { name: 'a', type: 'text' },
              { name: 'b', type: 'text' },
            ],
            [[null, null]],
          ),
        )
      ).text,
    ).toBe('a,b\r\n,\r\n');
    expect(await fieldsOf([null])).toEqual(['""']);
  });

  it.each(['=1+1', '+49 170 1234', '-1+1', '-a', '@SUM(A1)', '＝1', '--5', '-5 %'])(
    'defuses %s',
    async (text) => {
      expect(await fieldsOf([text])).toEqual([`'${text}`]);
      expect(await fieldsOf([text], { context: { formulaSafe: false } })).toEqual([text]);
    },
  );

  it.each([
    ['\t=1', "'\t=1"],
    ['\r=1', `"'\r=1"`],
    ['\n=1', `"'\n=1"`],
  ])('defuses %j', async (text, field) => {
    expect((await csvOf(columnOf({ type: 'text' }, [text]))).text).toBe(`value\r\n${field}\r\n`);
  });

  it('leaves numbers numbers, also negative ones', async () => {
    expect(await fieldsOf(['-5', '-0.25', '-1e-7'])).toEqual(['-5', '-0.25', '-1e-7']);
    const { text } = await csvOf(columnOf({ type: 'decimal' }, ['-12.50', -3, -4n]));
    expect(text).toBe('value\r\n-12.50\r\n-3\r\n-4\r\n');
  });

  it('defuses a column name, too', async () => {
    const { text } = await csvOf(tableOf([{ name: '=cmd()', type: 'text' }], []));
    expect(text).toBe("'=cmd()\r\n");
  });

  it('writes each type as exact text', async () => {
    const { text } = await csvOf(
      tableOf(
        [
          { name: 'big', type: 'integer' },
          { name: 'decimal', type: 'decimal' },
          { name: 'day', type: 'date' },
          { name: 'time', type: 'datetime' },
          { name: 'yes', type: 'boolean' },
          { name: 'bytes', type: 'binary' },
        ],
        [
          [
            9007199254740993n,
            '0.10000000000000000001',
            '2025-02-28',
            '2025-02-28 18:05:00.25',
            true,
            Buffer.from('hi'),
          ],
        ],
      ),
    );
    expect(text.split('\r\n')[1]).toBe(
      '9007199254740993,0.10000000000000000001,2025-02-28,2025-02-28 18:05:00.25,true,0x6869',
    );
  });

  it('shows instants by the clock of the zone, with the offset that tells both passes of an hour apart', async () => {
    const instants = ['2025-10-26T00:30:00Z', '2025-10-26T01:30:00.250Z', '1890-01-01T00:00:00Z'].map(
      (text) => new Date(text),
    );
    const { text } = await csvOf(columnOf({ type: 'instant' }, [...instants, new Date(Number.NaN)]));
    expect(text.split('\r\n').slice(1, -1)).toEqual([
      '2025-10-26 02:30:00+02:00',
      '2025-10-26 02:30:00.250+01:00',
      '1890-01-01 00:53:28+00:53:28',
      'invalid time',
    ]);
  });

  it('begins with a byte order mark and takes another delimiter when asked', async () => {
    const columns = ['a', 'b'].map((name) => ({ name, type: 'text' as const }));
    const rows = [['x;y', 'p,q']];
    const { bytes } = await csvOf(tableOf(columns, rows), { bom: true, delimiter: ';' });
    expect(bytes.subarray(0, 3)).toEqual(Buffer.from([0xef, 0xbb, 0xbf]));
    expect(bytes.subarray(3).toString()).toBe('a;b\r\n"x;y";p,q\r\n');
    expect((await csvOf(tableOf(columns, rows), { delimiter: '\t' })).text).toBe('a\tb\r\nx;y\tp,q\r\n');
  });

  it('tells columns of one name and none apart', async () => {
    const { text } = await csvOf(
      tableOf(
        ['name', 'Name', '', 'name (2)', ' '].map((name) => ({ name, type: 'text' as const })),
        [],
      ),
    );
    expect(text).toBe('name,Name (3),column 3,name (2),column 5\r\n');
  });

  it('ends at the cap, says so in its last record, and lets go of the query', async () => {
    const { table, batches, ended } = endlessTable();
    const { text, summary } = await csvOf(table, { context: { cap: { rows: 25 }, totalRows: 52_341 } });
    const lines = text.split('\r\n');
    expect(lines.slice(25)).toEqual(['24,text 24', '"first 25 of 52,341 rows",', '']);
    expect(summary).toEqual({ rows: 25, truncated: true });
    expect(batches()).toBe(3);
    expect(ended()).toBe(true);
  });

  it('says that there are more where nobody knows how many', async () => {
    const { text } = await csvOf(endlessTable().table, { context: { cap: { rows: 2 } } });
    expect(text).toContain('"first 2 rows, there are more",');
  });

  it('is not truncated by a cap of exactly as many rows as there are', async () => {
    const { text, summary } = await csvOf(columnOf({ type: 'integer' }, [1, 2, 3]), {
      context: { cap: { rows: 3 } },
    });
    expect(summary).toEqual({ rows: 3, truncated: false });
    expect(text).not.toContain('first');
  });

  it('keeps a cap of bytes by whole records', async () => {
    const { table, ended } = endlessTable();
    const { text, summary } = await csvOf(table, { context: { cap: { rows: 1_000, bytes: 100 } } });
    const records = text.slice(0, text.indexOf('"first'));
    expect(Buffer.byteLength(records)).toBeLessThanOrEqual(100);
    expect(records.endsWith('\r\n')).toBe(true);
    expect(summary).toEqual({ rows: records.split('\r\n').length - 2, truncated: true });
    expect(ended()).toBe(true);
  });

  it('takes no rows and no columns for what they are', async () => {
    expect((await csvOf(tableOf([{ name: 'a', type: 'text' }], []))).text).toBe('a\r\n');
    const empty = await csvOf(tableOf([], [[], []]));
    expect(empty).toMatchObject({ text: '', summary: { rows: 2, truncated: false } });
  });

  it('reads no further than the file is taken', async () => {
    const { table, batches, ended } = endlessTable(1_000);
    const file = writeCsv(table, contextOf({ cap: { rows: 1e9 } }), () => {});
    await file.next();
    expect(batches()).toBeLessThan(20);
    await file.return();
    expect(ended()).toBe(true);
  });

  it('throws the error of a query that fails half-way', async () => {
    await expect(csvOf(brokenTable())).rejects.toThrow('connection lost');
  });

  it('gives any texts back through another parser', async () => {
    const cell = fc.option(fc.oneof(fc.string({ unit: 'grapheme' }), fc.string({ unit: 'binary' })));
    const rows = fc
      .integer({ min: 1, max: 4 })
      .chain((width) =>
        fc.array(fc.array(cell, { minLength: width, maxLength: width }), { minLength: 1, maxLength: 8 }),
      );
    await fc.assert(
      fc.asyncProperty(rows, fc.constantFrom(',', ';', '\t', '|'), async (cells, delimiter) => {
        const columns = (cells[0] ?? []).map((_, index) => ({ name: `c${index}`, type: 'text' as const }));
        const { text } = await csvOf(tableOf(columns, cells), { delimiter, context: { formulaSafe: false } });
        const read = parse(text, { delimiter, record_delimiter: '\r\n' });
        expect(read.slice(1)).toEqual(cells.map((row) => row.map((one) => (one ?? '').toWellFormed())));
      }),
      { numRuns: 60 },
    );
  });

  it('begins no text with what a spreadsheet runs', async () => {
    expect.hasAssertions();
    const start = fc.constantFrom('=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠');
    await fc.assert(
      fc.asyncProperty(start, fc.string(), async (first, rest) => {
        const { text } = await csvOf(columnOf({ type: 'text' }, [first + rest]));
        const [, [field = ''] = []] = parse(text, { record_delimiter: '\r\n' });
        const isNumber =
          first === '-' && rest.trim() === rest && rest !== '' && Number.isFinite(Number(first + rest));
        expect(field).toBe(isNumber ? first + rest : `'${first}${rest}`);
      }),
      { numRuns: 150 },
    );
  });
});
