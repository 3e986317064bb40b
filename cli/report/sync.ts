import { Command } from 'commander';
import { findReport, listReports, reportsToSync } from '../../db/report-definitions.ts';
import { SluiceError } from '../../domain/errors.ts';
import { isOwned } from '../../schedules/ownership.ts';
import { listSchedules } from '../../schedules/server/list.ts';
import { scheduleIdOf, syncReports } from '../../workers/report-sync.ts';
import { print, printJson } from '../output.ts';
import { type ReportContext, withReports } from './context.ts';

export function syncCommand(): Command {
  return new Command('sync')
    .description(
      'bring schedules in Temporal in line with the reports, all of them; a worker does it every minute, too',
    )
    .option('--json', 'one JSON value on stdout')
    .addHelpText(
      'after',
      '\nPauses by hand stay. Exit code 1: one could not be brought in line.\n\nExample:\n  sluice report sync',
    )
    .action(async ({ json }: { readonly json?: true }) => {
      const { mended, unchanged, failed, strangers } = await withReports(async (context) => ({
        ...(await syncReports({ ...context, ids: await idsOf(context) })),
        strangers: await strangersOf(context),
      }));
      if (json === true) printJson({ mended, unchanged, failed, withoutReport: strangers });
      else {
        for (const { id, outcome } of mended) print(`${outcome.padEnd(8)} ${id}`);
        print(`${unchanged} unchanged`);
        for (const id of strangers) {
          print(`${id} belongs to no report of this database; sluice schedules delete ${id} takes it away`);
        }
      }
      if (failed.length === 0) return;
      throw new SluiceError(
        `not brought in line: ${failed.map(({ id, code }) => `${id} (${code})`).join(', ')}`,
        { code: 'report_sync_incomplete', sort: 'retry', hint: 'sluice report list says more.' },
      );
    });
}

/** All that there are, and deleted ones whose schedule may still be there. */
async function idsOf({ database }: ReportContext): Promise<readonly string[]> {
  const [reports, dirty] = await Promise.all([
    listReports(database.orm),
    reportsToSync(database.orm, { lookedBefore: new Date(0), limit: 10_000 }),
  ]);
  return [...new Set([...reports.map(({ id }) => id), ...dirty])];
}

/** Schedules of reports that this database does not know: it is a copy, or was lost. */
async function strangersOf({ client, owner, database }: ReportContext): Promise<readonly string[]> {
  const strangers: string[] = [];
  const prefix = scheduleIdOf('', owner);
  for await (const { id, memo } of listSchedules(client)) {
    const isOfReports = isOwned({ memo, startsOn: owner.taskQueue }, { ...owner, declaredIn: 'reports' });
    if (!isOfReports) continue;
    const report = id.startsWith(prefix)
      ? await findReport(database.orm, id.slice(prefix.length))
      : undefined;
    if (report === undefined) strangers.push(id);
  }
  return strangers;
}
