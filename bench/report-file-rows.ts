import { createWriteStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { UsageError } from '../domain/errors.ts';
import { writeCsv } from '../reports/files/csv.ts';
import type { Column, FileContext, FileSummary, Row } from '../reports/files/table.ts';
import { writeXlsx } from '../reports/files/xlsx.ts';

// Writes one file of made-up rows and prints what it cost, as JSON. A process of its own, so that memory is that of one file:
// node bench/report-file-rows.ts FORMAT ROWS FILE

const COLUMNS: readonly Column[] = [
  { name: 'id', type: 'integer' },
  { name: 'customer', type: 'text' },
  { name: 'email', type: 'text' },
  { name: 'ratio', type: 'float' },
  { name: 'created', type: 'instant' },
  { name: 'paid', type: 'boolean' },
  { name: 'note', type: 'text' },
  { name: 'имя', type: 'text' },
  { name: 'amount', type: 'decimal', scale: 2 },
  { name: 'day', type: 'date' },
];
const BATCH = 500;
const START = Date.UTC(2023, 10, 14, 22, 13, 20);

/** As those of report_files_pandas.py. */
function row(number: number): Row {
  return [
    number,
    `Customer ${number}`,
    `person${number}@example.org`,
    number / 7,
    new Date(START + number * 1000),
    number % 2 === 0,
    number % 3 === 0 ? null : `note ${number % 100}`,
    `Привет ${number % 1000}`,
    `${number}.${String(number % 100).padStart(2, '0')}`,
    `2025-02-${String((number % 28) + 1).padStart(2, '0')}`,
  ];
}

async function* batches(rows: number): AsyncGenerator<readonly Row[]> {
  for (let from = 0; from < rows; from += BATCH) {
    yield Array.from({ length: Math.min(BATCH, rows - from) }, (_, index) => row(from + index));
  }
}

const [format, rows, file] = process.argv.slice(2);
if ((format !== 'xlsx' && format !== 'csv') || file === undefined) throw new UsageError('FORMAT ROWS FILE');
const context: FileContext = {
  title: 'Bench',
  timezone: 'Europe/Berlin',
  asOf: new Date(START),
  generatedAt: new Date(START),
  parameters: [],
  cap: { rows: Number.MAX_SAFE_INTEGER },
  formulaSafe: true,
};
const began = performance.now();
let written: FileSummary | undefined;
const end = (summary: FileSummary) => {
  written = summary;
};
const table = { columns: COLUMNS, rows: batches(Number(rows)) };
await pipeline(
  format === 'xlsx' ? writeXlsx(table, context, end) : writeCsv(table, context, end),
  createWriteStream(file),
);
process.stdout.write(
  JSON.stringify({
    rows: written?.rows,
    seconds: (performance.now() - began) / 1000,
    // getrusage counts in kB of 1024 bytes.
    peakMb: (process.resourceUsage().maxRSS * 1024) / 1e6,
  }),
);
