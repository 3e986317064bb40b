import { buffer } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import { writeCsv } from '../reports/files/csv.ts';
import { withSample } from '../reports/files/sample.ts';
import { shareRows } from '../reports/files/shared-rows.ts';
import type { Table } from '../reports/files/table.ts';
import { writeXlsx } from '../reports/files/xlsx.ts';
import { type ZipEntry, zipFile } from '../reports/files/zip.ts';
import { unzip } from './support/report-files/archive.ts';
import { brokenTable, columnOf, contextOf, endlessTable, written } from './support/report-files/tables.ts';
import { openWorkbook } from './support/report-files/workbook.ts';

const MODIFIED = new Date('2025-03-01T08:00:00Z');

async function* streamed(...texts: readonly string[]): AsyncGenerator<Buffer> {
  for (const text of texts) yield Buffer.from(text);
}

function entries(): readonly ZipEntry[] {
  return [
    { name: 'отчёт.csv', content: streamed('a,', 'b') },
    { name: 'empty.csv', content: streamed() },
    { name: 'about.txt', content: Buffer.from('hello') },
  ];
}

async function* brokenContent(): AsyncGenerator<Buffer> {
  yield Buffer.from('a');
  throw new Error('gone');
}

async function* brokenEntries(): AsyncGenerator<ZipEntry> {
  yield { name: 'a', content: streamed('a') };
  throw new Error('no more');
}

function zipped(all: AsyncIterable<ZipEntry> | Iterable<ZipEntry>): Promise<Buffer> {
  return buffer(zipFile(all, { modified: MODIFIED }));
}

function csvUpTo(rows: number, table: Table) {
  return written((end) => writeCsv(table, contextOf({ cap: { rows } }), end));
}

describe('zipFile', () => {
  it('is opened by another library with names and contents', async () => {
    const archive = await zipped(entries());
    const read = [...(await unzip(archive))].map(([name, content]) => [name, content.toString()]);
    expect(read).toEqual([
      ['отчёт.csv', 'a,b'],
      ['empty.csv', ''],
      ['about.txt', 'hello'],
    ]);
  });

  it('gives the same bytes for the same entries', async () => {
    expect((await zipped(entries())).equals(await zipped(entries()))).toBe(true);
  });

  it('asks for an entry when the one before it was read to its end', async () => {
    const log: string[] = [];
    async function* content(name: string): AsyncGenerator<Buffer> {
      yield Buffer.from(name);
      log.push(`end of ${name}`);
    }
    async function* all(): AsyncGenerator<ZipEntry> {
      for (const name of ['a', 'b']) {
        log.push(`asked for ${name}`);
        yield { name, content: content(name) };
      }
    }
    await zipped(all());
    expect(log).toEqual(['asked for a', 'end of a', 'asked for b', 'end of b']);
  });

  it('throws what an entry or a content throws', async () => {
    await expect(zipped([{ name: 'a', content: brokenContent() }])).rejects.toThrow('gone');
    await expect(zipped(brokenEntries())).rejects.toThrow('no more');
  });

  it('ends what it reads when nobody takes it any more', async () => {
    let ended = false;
    async function* endless(): AsyncGenerator<Buffer> {
      try {
        for (let number = 0; ; number += 1) yield Buffer.from(`${Math.sin(number)}\n`.repeat(500));
      } finally {
        ended = true;
      }
    }
    const file = zipFile([{ name: 'a', content: endless() }], { modified: MODIFIED });
    for (let chunks = 0; chunks < 3; chunks += 1) await file.next();
    await file.return();
    expect(ended).toBe(true);
  });
});

describe('shareRows', () => {
  it('makes several files of one run of the query', async () => {
    const [first, second] = shareRows(columnOf({ type: 'integer' }, [1, 2, 3, 4]), 2);
    if (first === undefined || second === undefined) throw new Error('two copies were asked for');
    const [csv, xlsx] = await Promise.all([
      written((end) => writeCsv(first, contextOf(), end, { bom: false })),
      written((end) => writeXlsx(second, contextOf(), end)),
    ]);
    expect(csv.bytes.toString()).toBe('value\r\n1\r\n2\r\n3\r\n4\r\n');
    expect((await openWorkbook(xlsx.bytes)).sheets[0]?.cells.get('A5')?.value).toBe(4);
  });

  it('leaves the rows to the others when one has enough, and the query when all have', async () => {
    const { table, batches, ended } = endlessTable();
    const [first, second] = shareRows(table, 2);
    if (first === undefined || second === undefined) throw new Error('two copies were asked for');
    const [short, long] = await Promise.all([csvUpTo(5, first), csvUpTo(95, second)]);
    expect(short.summary).toEqual({ rows: 5, truncated: true });
    expect(long.summary).toEqual({ rows: 95, truncated: true });
    expect(batches()).toBe(10);
    expect(ended()).toBe(true);
  });

  it('does not wait for one that failed before it read anything', async () => {
    const [failed, other] = shareRows(columnOf({ type: 'integer' }, [1, 2]), 2);
    if (failed === undefined || other === undefined) throw new Error('two copies were asked for');
    const writing = csvUpTo(10, other);
    await failed.release();
    await failed.release();
    expect((await writing).summary).toEqual({ rows: 2, truncated: false });
  });

  it('tells all of them when the query fails', async () => {
    const copies = shareRows(brokenTable(), 3);
    const ends = await Promise.allSettled(
      copies.map((one) => written((end) => writeCsv(one, contextOf(), end))),
    );
    expect(ends.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected']);
  });
});

describe('withSample', () => {
  it('keeps the first rows of what goes into a file', async () => {
    const { table, sample } = withSample(endlessTable().table);
    const { summary } = await csvUpTo(45, table);
    if (summary === undefined) throw new Error('the writer says how it ended');
    expect(sample(summary)).toMatchObject({ total: 45, truncated: true });
    expect(sample(summary).rows).toHaveLength(31);
    expect(sample(summary).rows[30]).toEqual([30, 'text 30']);
  });

  it('has no more rows than the file', async () => {
    const { table, sample } = withSample(endlessTable().table);
    const { summary } = await csvUpTo(2, table);
    expect(summary && sample(summary).rows).toHaveLength(2);
  });
});
