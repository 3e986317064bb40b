import { Command } from 'commander';
import { observeSchedules, type ScheduleReport } from '../../schedules/observe/state.ts';
import { print, printJson } from '../output.ts';
import { visibleText, visibleTime } from '../visible-text.ts';
import { withSchedules } from './context.ts';
import { withLedger } from './ledger.ts';
import { tableOf } from './list-table.ts';
import { reportJson } from './report-text.ts';

const DAY_MS = 86_400_000;

export function listCommand(): Command {
  return new Command('list')
    .description('state, meaning, last and next run of each schedule; late, missed and skipped in 24 hours')
    .option('--json', 'one JSON value on stdout: everything that show says, of all')
    .addHelpText('after', '\nExample:\n  sluice schedules list')
    .action(async ({ json }: { readonly json?: true }) => {
      const { reports, from, now } = await withSchedules(async (context) => {
        const { settings, client, catalogue: schedules, owner, now } = context;
        const observed = await withLedger(settings, (open) =>
          observeSchedules({ client, schedules, owner, now, ledger: open?.ledger }),
        );
        return { ...observed, now };
      });
      if (json === true) {
        return printJson({ from, schedules: reports.map((report) => reportJson(report, { now })) });
      }
      print(tableOf(reports, now));
      remarks(reports, { from, now });
    });
}

/** What a person should know beside the table. */
function remarks(
  reports: readonly ScheduleReport[],
  { from, now }: { readonly from: Date; readonly now: Date },
): void {
  const lines = reports.flatMap(({ id, state, note, counts, changes, reach, declared }) => [
    ...(state === 'paused' ? [`${id} is paused: ${visibleText(note, { most: 200 })}`] : []),
    ...(counts !== undefined && counts.waiting > 0
      ? [`${id}: ${counts.waiting} of the late runs ${counts.waiting === 1 ? 'waits' : 'wait'} for a worker`]
      : []),
    ...(counts !== undefined && counts.owed > 0
      ? [`${id}: ${counts.owed} of the missed ${counts.owed === 1 ? 'times' : 'times'} will be made up`]
      : []),
    ...(changes.length === 0
      ? []
      : declared?.declaredIn === 'reports'
        ? [`${id} differs from its report: sluice report sync`]
        : [`${id} differs from the catalogue: sluice schedules plan`]),
    ...(reach?.alarm === true && reach.until !== undefined
      ? [`${id}: Temporal knows its times until ${visibleTime(reach.until)} only; look at schedule-horizon`]
      : []),
  ]);
  if (now.getTime() - from.getTime() < DAY_MS - 1000) {
    lines.push(`there are too many runs to look at 24 hours: counted since ${visibleTime(from)}`);
  }
  const missing = reports.filter(({ state }) => state === 'not applied');
  const ofReports = missing.filter(({ declared }) => declared?.declaredIn === 'reports').length;
  const ofCatalogue = missing.length - ofReports;
  if (ofCatalogue > 0) lines.push(`${ofCatalogue} not on the server: sluice schedules apply`);
  if (ofReports > 0) lines.push(`${ofReports} of reports not on the server: sluice report sync`);
  if (lines.length > 0) print(`\n${lines.join('\n')}`);
}
