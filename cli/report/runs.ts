import Table from 'cli-table3';
import { Command } from 'commander';
import { loadSettings } from '../../config.ts';
import { deliveriesOfRun } from '../../db/report-deliveries.ts';
import { findRun, listRuns, type ReportRun } from '../../db/report-runs.ts';
import { UsageError } from '../../domain/errors.ts';
import { sizeWords } from '../../reports/files/file-links.ts';
import { withDatabase } from '../context.ts';
import { print, printJson } from '../output.ts';
import { reportNamed } from './context.ts';
import { describeRun, runJson } from './run-text.ts';

interface Options {
  readonly limit: string;
  readonly run?: string;
  readonly json?: true;
}

export function runsCommand(): Command {
  return new Command('runs')
    .argument('[id]', 'a report; none: of all')
    .description('what ran, latest first: rows, files, mails; with --run everything of one')
    .option('--run <number>', 'this run, with its files and every mail')
    .option('--limit <number>', 'how many at most', '20')
    .option('--json', 'one JSON value on stdout')
    .addHelpText('after', '\nExamples:\n  sluice report runs weekly-sales\n  sluice report runs --run 41')
    .action(runs);
}

async function runs(id: string | undefined, { limit, run, json }: Options): Promise<void> {
  const most = Number(limit);
  if (!Number.isInteger(most) || most < 1 || most > 1000)
    throw new UsageError(`--limit ${limit} is no number from 1 to 1000`);
  await withDatabase(loadSettings(), async (database) => {
    const { orm } = database;
    if (run !== undefined) {
      const one = await runNumbered(orm, run);
      const deliveries = await deliveriesOfRun(orm, one.id);
      if (json === true) printJson(runJson(one, deliveries));
      else print(describeRun(one, deliveries));
      return;
    }
    const found = await listRuns(orm, { reportId: id, limit: most });
    if (json === true) {
      printJson(
        await Promise.all(found.map(async (one) => runJson(one, await deliveriesOfRun(orm, one.id)))),
      );
    } else if (found.length === 0) {
      // Of one that was deleted there may be runs; of one that never was there are none.
      if (id !== undefined) await reportNamed({ database }, id);
      print(id === undefined ? 'no runs yet' : `no runs of ${id}`);
    } else print(tableOf(found));
  });
}

/** @throws UsageError */
export async function runNumbered(db: Parameters<typeof findRun>[0], text: string): Promise<ReportRun> {
  const found = /^\d{1,15}$/.test(text) ? await findRun(db, Number(text)) : undefined;
  if (found === undefined)
    throw new UsageError(`there is no run "${text}"`, 'sluice report runs lists them.');
  return found;
}

function tableOf(runs: readonly ReportRun[]): string {
  const table = new Table({
    head: ['run', 'report', 'as of', 'by', 'state', 'rows', 'files', 'query', 'why'],
    style: { head: [], border: [] },
  });
  for (const run of runs) {
    table.push([
      run.id,
      run.reportId,
      run.asOf.toISOString().replace('.000Z', 'Z'),
      run.trigger,
      run.state,
      run.rowsWritten ?? '–',
      run.bytes === null ? '–' : sizeWords(run.bytes),
      run.queryMs === null ? '–' : `${run.queryMs} ms`,
      run.errorCode ?? run.alertState ?? '–',
    ]);
  }
  return table.toString();
}
