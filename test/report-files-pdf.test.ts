import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { trendChartPng } from '../reports/chart.ts';
import { type PdfOptions, writePdf } from '../reports/files/pdf.ts';
import type { Column, FileContext, Row, Table } from '../reports/files/table.ts';
import { poppler } from './support/report-files/poppler.ts';
import {
  brokenTable,
  columnOf,
  contextOf,
  endlessTable,
  tableOf,
  written,
} from './support/report-files/tables.ts';
import { scratchFolder } from './support/scratch.ts';

interface Wishes extends PdfOptions {
  readonly context?: Partial<FileContext>;
}

async function pdfOf(table: Table, { context = {}, ...options }: Wishes = {}) {
  const { bytes, summary } = await written((end) => writePdf(table, contextOf(context), end, options));
  const file = join(scratchFolder(), 'report.pdf');
  writeFileSync(file, bytes);
  const text = await poppler('pdftotext', ['-layout', file, '-']);
  // poppler complains about what it had to repair on the same channel.
  expect(text).not.toMatch(/(?:Syntax|Internal) (?:Error|Warning)/);
  return { bytes, summary, file, text, pages: text.split('\f').slice(0, -1) };
}

async function infoOf(file: string): Promise<Readonly<Record<string, string>>> {
  const lines = (await poppler('pdfinfo', [file])).split('\n');
  return Object.fromEntries(lines.map((line) => line.split(/:\s+/, 2)));
}

function wide(count: number): { readonly columns: readonly Column[]; readonly row: Row } {
  const columns = Array.from({ length: count }, (_, index) => ({
    name: `column_${index}`,
    type: 'text' as const,
  }));
  return { columns, row: columns.map((_, index) => `value_${index}`) };
}

describe('writePdf', () => {
  it('has the title, what it is of, the header and the rows', async () => {
    const { text, summary } = await pdfOf(
      tableOf(
        [
          { name: 'id', type: 'integer' },
          { name: 'amount', type: 'decimal', scale: 2 },
          { name: 'seen', type: 'instant' },
          { name: 'gap', type: 'text' },
        ],
        [[7, '1234.50', new Date('2025-07-01T10:00:00Z'), null]],
      ),
    );
    expect(text).toContain('Weekly sales');
    expect(text).toContain('As of: 2025-03-01 09:00:00+01:00 Europe/Berlin');
    expect(text).toContain('Parameter from: 2025-02-01');
    expect(text).toMatch(/id +amount +seen +gap/);
    expect(text).toMatch(/7 +1,234\.50 +2025-07-01 12:00:00 +–/);
    expect(text).toContain('1 row');
    expect(summary).toEqual({ rows: 1, truncated: false });
  });

  it('embeds its fonts, and they show Cyrillic, Greek and emoji', async () => {
    const words = 'Привет, Ґеньо! Ελλάδα Łódź €';
    const { file, text } = await pdfOf(columnOf({ type: 'text' }, [words, 'a 😀 👍🏽 b']));
    const fonts = (await poppler('pdffonts', [file])).trim().split('\n').slice(2);
    expect(fonts).toHaveLength(3);
    for (const font of fonts) expect(font).toMatch(/(?:Inter|NotoEmoji)\S* .*Identity-H +yes yes yes/);
    expect(text).toContain(words);
    expect(text).toContain('😀');
    expect(text).not.toContain('□');
  });

  it('shows text as it is written, without ligatures that change it', async () => {
    const { text } = await pdfOf(columnOf({ type: 'text' }, ['10x20 -> a <= b != c']));
    expect(text).toContain('10x20 -> a <= b != c');
  });

  it('says of characters that it cannot show', async () => {
    const { text } = await pdfOf(columnOf({ type: 'text' }, ['中文']));
    expect(text).toContain('□□');
    expect(text).toContain('Characters that no font of this file has: 2');
  });

  it('repeats the header and numbers the pages', async () => {
    const { pages } = await pdfOf(
      columnOf(
        { type: 'integer' },
        Array.from({ length: 120 }, (_, index) => index),
      ),
    );
    expect(pages).toHaveLength(3);
    for (const [index, page] of pages.entries()) {
      expect(page).toContain(`page ${index + 1} of 3`);
      expect(page).toContain('value');
    }
  });

  it('stands upright with few columns and lies across with many', async () => {
    const few = await infoOf((await pdfOf(columnOf({ type: 'text' }, ['a']))).file);
    expect(few['Page size']).toMatch(/^595\.28 x 841\.89 pts \(A4\)/);
    const { columns, row } = wide(12);
    const many = await infoOf((await pdfOf(tableOf(columns, [row]))).file);
    expect(many['Page size']).toMatch(/^841\.89 x 595\.28 pts \(A4\)/);
  });

  it('wraps long cells between words and breaks a word that is longer than its column', async () => {
    const { text } = await pdfOf(columnOf({ type: 'text' }, ['several words '.repeat(20), 'x'.repeat(200)]));
    expect(text).toMatch(/several words several words/);
    expect(text.match(/several/g)).toHaveLength(20);
    expect(text.match(/x/g)).toHaveLength(200);
    expect(text).not.toContain('shortened');
  });

  it('shortens very long cells and says so', async () => {
    const { text, pages } = await pdfOf(columnOf({ type: 'text' }, ['word '.repeat(20_000)]));
    expect(pages).toHaveLength(1);
    expect(text).toContain('…');
    expect(text).toContain('Cells shortened: 1');
  });

  it('puts 60 columns on several pages, each with the number of the row and the first column', async () => {
    const { columns, row } = wide(60);
    const { pages } = await pdfOf(tableOf(columns, [row, row]));
    expect(pages.length).toBeGreaterThan(3);
    expect(pages[0]).toMatch(/columns 1–\d+ of 60/);
    for (const page of pages.slice(1)) expect(page).toMatch(/# +column_0 +column_\d+/);
    for (let index = 0; index < 60; index += 1) expect(pages.join()).toContain(`value_${index}`);
    expect(pages.at(-1)).toContain('–60 of 60');
  });

  it('ends at the cap, says so on its first page and at its end, and lets go of the query', async () => {
    const { table, ended } = endlessTable();
    const { pages, summary } = await pdfOf(table, { context: { cap: { rows: 70 }, totalRows: 52_341 } });
    expect(pages[0]).toContain('first 70 of 52,341 rows');
    expect(pages.at(-1)).toContain('This file ends here: first 70 of 52,341 rows.');
    expect(summary).toEqual({ rows: 70, truncated: true });
    expect(ended()).toBe(true);
  });

  it('ends when its pages are full, and says so', async () => {
    const { table, ended } = endlessTable();
    const { pages, summary } = await pdfOf(table, { mostPages: 2 });
    expect(pages.length).toBeLessThanOrEqual(3);
    expect(summary?.truncated).toBe(true);
    expect(pages[0]).toContain(`first ${summary?.rows} rows, there are more`);
    expect(pages.join()).toContain(`text ${(summary?.rows ?? 0) - 1}\n`);
    expect(pages.join()).not.toContain(`text ${summary?.rows}\n`);
    expect(ended()).toBe(true);
  });

  it('takes no rows and no columns for what they are', async () => {
    expect((await pdfOf(tableOf([{ name: 'a', type: 'text' }], []))).text).toContain('No rows.');
    const empty = await pdfOf(tableOf([], [[], []]));
    expect(empty.text).toContain('The query gives no columns.');
    expect(empty.summary).toEqual({ rows: 2, truncated: false });
  });

  it('has the chart above the table', async () => {
    const chart = await trendChartPng({ days: [] });
    const { file } = await pdfOf(columnOf({ type: 'integer' }, [1, 2]), { chart });
    expect(await poppler('pdfimages', ['-list', file])).toMatch(/^ +1 +0 image +2080 +1240/m);
  });

  it('gives the same bytes for the same rows, dated as the run', async () => {
    const first = await pdfOf(columnOf({ type: 'text' }, ['a 😀', 'Привет']));
    const second = await pdfOf(columnOf({ type: 'text' }, ['a 😀', 'Привет']));
    expect(first.bytes.equals(second.bytes)).toBe(true);
    expect((await infoOf(first.file)).Title).toBe('Weekly sales');
  });

  it('throws the error of a query that fails half-way', async () => {
    await expect(pdfOf(brokenTable())).rejects.toThrow('connection lost');
  });
});
