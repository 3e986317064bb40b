import type { Source } from '../db/sources/source.ts';
import { createObserver, type Observed, type Observer } from '../domain/reports/condition.ts';
import type { ReportDefinition, ReportFormat } from '../domain/reports/definition.ts';
import {
  type ParameterScalar,
  type ResolvedParameter,
  resolveParameters,
} from '../domain/reports/parameters.ts';
import type { RunArtefact, RunRequest } from '../domain/reports/run.ts';
import { countRows } from '../reports/files/counted-rows.ts';
import { writeCsv } from '../reports/files/csv.ts';
import { type HtmlBody, htmlBody } from '../reports/files/html-body.ts';
import { writePdf } from '../reports/files/pdf.ts';
import { withSample } from '../reports/files/sample.ts';
import { type SharedTable, shareRows } from '../reports/files/shared-rows.ts';
import type { FileContext, FileSummary, OnEnd, Table } from '../reports/files/table.ts';
import { writeXlsx } from '../reports/files/xlsx.ts';
import type { KeepFile } from './report-artefacts.ts';

type FileFormat = Exclude<ReportFormat, 'html'>;

const MEDIA_TYPES: Readonly<Record<FileFormat, string>> = {
  xlsx: 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
  csv: 'text/csv; charset=utf-8',
  pdf: 'application/pdf',
};

export interface ReportFiles {
  readonly observed: Observed;
  readonly artefacts: readonly RunArtefact[];
  /** Rows in the longest of the files, or in the mail where there is none. */
  readonly rowsWritten: number;
  /** Undefined where the result was not read to its end. */
  readonly rowsTotal: number | undefined;
  readonly truncated: boolean;
  readonly parameters: readonly { readonly name: string; readonly value: string }[];
  readonly body: HtmlBody;
  readonly queryMs: number;
  readonly fileMs: number;
}

export interface ReportWork {
  readonly definition: ReportDefinition;
  readonly request: RunRequest;
  /** Logical time: dynamic dates count from here. */
  readonly asOf: Date;
  readonly now: Date;
  readonly source: Source;
  readonly signal?: AbortSignal;
  readonly keep: KeepFile;
}

/**
 * Runs the query of a report once and makes all its files of it while the rows pass; memory holds one batch of them.
 * Rows beyond the cap are counted and judged by the condition, and written nowhere.
 * @throws SluiceError of the source, of the parameters and of the writers.
 */
export async function makeReportFiles(work: ReportWork): Promise<ReportFiles> {
  const { definition, request, asOf, now, source, signal, keep } = work;
  const { timezone, caps } = definition;
  const resolved = resolveParameters({
    definitions: definition.parameters,
    given: request.parameters ?? {},
    asOf,
    timezone,
  });
  const parameters = resolved.map((one) => ({ name: one.name, value: wordsOf(one) }));
  const began = performance.now();
  const leave = new AbortController();
  const stream = await source.stream(
    { sql: definition.query, parameters: resolved },
    {
      timeoutMs: definition.timeoutSeconds * 1000,
      signal: signal === undefined ? leave.signal : AbortSignal.any([signal, leave.signal]),
    },
  );
  const openedMs = performance.now() - began;
  let observer: Observer | undefined;
  const counted = countRows(stream.rows, { cap: caps.rows, see: (rows) => observer?.see(rows) });
  try {
    observer = createObserver({ columns: stream.columns, condition: definition.condition });
    const context: FileContext = {
      title: definition.name,
      timezone,
      asOf,
      generatedAt: now,
      parameters,
      cap: caps,
      // Known by the time at which a writer meets the end of the cap; 0 says that it is not.
      get totalRows() {
        return counted.total() ?? 0;
      },
      formulaSafe: definition.formulaSafe,
    };
    const { table, sample } = withSample({ columns: stream.columns, rows: counted.rows });
    const artefacts = await writeFiles({ table, context, definition, keep });
    const observed = observer.result();
    const { rows, truncated } = artefacts.toSorted((a, b) => b.rows - a.rows)[0] ?? {
      rows: Math.min(observed.rowCount, caps.rows),
      truncated: observed.rowCount > caps.rows,
    };
    const queryMs = openedMs + counted.waitedMs();
    return {
      observed,
      artefacts,
      rowsWritten: rows,
      rowsTotal: counted.total(),
      truncated,
      parameters,
      body: htmlBody(sample({ rows, truncated }), context),
      queryMs: Math.round(queryMs),
      fileMs: Math.round(performance.now() - began - queryMs),
    };
  } catch (error) {
    leave.abort();
    throw error;
  } finally {
    await counted.close();
  }
}

/** All files of a table at the same time; one that fails fails all, once none is at work any more. */
async function writeFiles({
  table,
  context,
  definition,
  keep,
}: {
  readonly table: Table;
  readonly context: FileContext;
  readonly definition: ReportDefinition;
  readonly keep: KeepFile;
}): Promise<readonly RunArtefact[]> {
  const formats = definition.formats.filter((format) => format !== 'html');
  if (formats.length === 0) {
    for await (const _ of table.rows);
    return [];
  }
  const copies = shareRows(table, formats.length);
  const work = formats.flatMap((format, index) =>
    copies[index] === undefined
      ? []
      : [writeFile({ copy: copies[index], format, context, definition, keep })],
  );
  await Promise.allSettled(work);
  return Promise.all(work);
}

async function writeFile({
  copy,
  format,
  context,
  definition,
  keep,
}: {
  readonly copy: SharedTable;
  readonly format: FileFormat;
  readonly context: FileContext;
  readonly definition: ReportDefinition;
  readonly keep: KeepFile;
}): Promise<RunArtefact> {
  let summary: FileSummary = { rows: 0, truncated: false };
  const end: OnEnd = (told) => {
    summary = told;
  };
  try {
    const name = fileName(definition, { asOf: context.asOf, format });
    const content = contentOf(format, { table: copy, context, end, csv: definition.csv });
    const kept = await keep({ name, mediaType: MEDIA_TYPES[format], content });
    return { ...kept, name, format, ...summary };
  } finally {
    // However it ends, the other copies do not wait for this one.
    await copy.release();
  }
}

function contentOf(
  format: FileFormat,
  {
    table,
    context,
    end,
    csv,
  }: {
    readonly table: Table;
    readonly context: FileContext;
    readonly end: OnEnd;
    readonly csv: ReportDefinition['csv'];
  },
): AsyncIterable<Buffer> {
  if (format === 'csv') return writeCsv(table, context, end, csv);
  return format === 'xlsx' ? writeXlsx(table, context, end) : writePdf(table, context, end);
}

/** `sales-2026-11-21_0900.xlsx`, by the report's clock. */
function fileName(
  { id, timezone }: ReportDefinition,
  { asOf, format }: { readonly asOf: Date; readonly format: FileFormat },
): string {
  const [day, time = ''] = asOf.toLocaleString('sv-SE', { timeZone: timezone }).split(' ');
  return `${id}-${day}_${time.slice(0, 5).replace(':', '')}.${format}`;
}

function wordsOf({ value }: ResolvedParameter): string {
  return Array.isArray(value) ? value.map(scalarWords).join(', ') : scalarWords(value as ParameterScalar);
}

function scalarWords(value: ParameterScalar): string {
  return value === null ? 'NULL' : String(value);
}
