import { createWriteStream, mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { Command } from 'commander';
import { makeReportFiles, type ReportFiles } from '../../activities/query-report-files.ts';
import { reportMailParams } from '../../activities/query-report-words.ts';
import { loadSettings, type Settings } from '../../config.ts';
import type { ReportDefinition } from '../../domain/reports/definition.ts';
import { render } from '../../mail/render.ts';
import { mailTemplates } from '../../workers/mail-deps.ts';
import { openConnection } from '../../workers/query-report-deps.ts';
import { withDatabase } from '../context.ts';
import { print, printJson, remark } from '../output.ts';
import { parseInstant } from '../run-funnel-sync.ts';
import { reportNamed } from './context.ts';
import { collectParam, PARAM_HELP, readParams } from './parameters-option.ts';

interface Options {
  readonly out?: string;
  readonly asOf?: string;
  readonly param?: readonly string[];
  readonly json?: true;
}

export function previewCommand(): Command {
  return new Command('preview')
    .argument('<id>', 'a report')
    .description(
      'run the query now and write its files and its mail into a folder; nothing is sent or stored',
    )
    .option('--out <folder>', 'where to (default: preview-<id>)')
    .option('--as-of <time>', 'logical time, ISO 8601 (default: now)')
    .option('--param <name=value>', PARAM_HELP, collectParam)
    .option('--json', 'one JSON value on stdout')
    .addHelpText('after', '\nExample:\n  sluice report preview weekly-sales --param from=@startOfLastMonth')
    .action(preview);
}

async function preview(id: string, { out, asOf, param, json }: Options): Promise<void> {
  const settings = loadSettings();
  const { definition } = await withDatabase(settings, (database) => reportNamed({ database }, id));
  const at = asOf === undefined ? new Date() : new Date(parseInstant('--as-of', asOf));
  const folder = resolve(out ?? `preview-${id}`);
  mkdirSync(folder, { recursive: true });
  const parameters = readParams(definition, param);
  const names: string[] = [];
  remark(`the query runs on ${definition.connection} …`);
  const files = await makeReportFiles({
    definition,
    request: parameters === undefined ? {} : { parameters },
    asOf: at,
    now: new Date(),
    source: openConnection(settings, definition.connection),
    keep: async ({ name, content }) => {
      const file = createWriteStream(join(folder, name));
      await pipeline(content, file);
      names.push(name);
      return { artefactId: 1, bytes: file.bytesWritten, sha256: '' };
    },
  });
  const mail = mailOf(settings, { definition, files, at });
  for (const [name, content] of [
    ['mail.html', mail.html],
    ['mail.txt', mail.text],
  ] as const) {
    writeFileSync(join(folder, name), content);
    names.push(name);
  }
  const { rowsWritten: rows, rowsTotal, truncated, queryMs, fileMs } = files;
  if (json === true) {
    printJson({
      report: id,
      folder,
      files: names,
      rows,
      rowsTotal: rowsTotal ?? null,
      truncated,
      queryMs,
      fileMs,
    });
    return;
  }
  print(`${rows} rows${truncated ? ` of ${rowsTotal ?? 'more'}` : ''} in ${folder}:`);
  for (const name of names) print(`  ${name}`);
}

/** The mail as it would be, as far as it can be made without sending it: links to files need stored ones. */
function mailOf(
  settings: Settings,
  {
    definition,
    files,
    at,
  }: { readonly definition: ReportDefinition; readonly files: ReportFiles; readonly at: Date },
): { readonly html: string; readonly text: string } {
  const template = mailTemplates(settings).get('query-report');
  if (template.source !== 'file') return { html: '', text: '' };
  const params = reportMailParams(
    {
      definition,
      asOf: at,
      rowsWritten: files.rowsWritten,
      rowsTotal: files.rowsTotal ?? null,
      truncated: files.truncated,
      artefacts: files.artefacts,
      body: { ...files.body, mail: 'report', parameters: files.parameters },
    },
    { links: undefined, linked: undefined, note: undefined, attached: files.artefacts, isCopy: false },
  );
  return render(template, { ...params, postal_address: settings.mail.postalAddress });
}
