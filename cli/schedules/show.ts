import { Command } from 'commander';
import { observeSchedules, observeUndeclared, type ScheduleReport } from '../../schedules/observe/state.ts';
import { print, printJson } from '../output.ts';
import { type ScheduleContext, withSchedules } from './context.ts';
import { findSchedule } from './find.ts';
import { withLedger } from './ledger.ts';
import { reportJson } from './report-text.ts';
import { describeReport } from './show-text.ts';

export function showCommand(): Command {
  return new Command('show')
    .argument('<id>', 'funnel-sync, …')
    .description('everything about one schedule: rule, state, next and last runs, what was missed and why')
    .option('--json', 'one JSON value on stdout')
    .addHelpText('after', '\nExample:\n  sluice schedules show conversion-report')
    .action(async (id: string, { json }: { readonly json?: true }) => {
      const { report, now } = await withSchedules(async (context) => ({
        report: await observe(context, id),
        now: context.now,
      }));
      if (json === true) printJson(reportJson(report, { now }));
      else print(describeReport(report, { now }));
    });
}

async function observe(context: ScheduleContext, id: string): Promise<ScheduleReport> {
  const { settings, client, owner, now } = context;
  const { declared, held } = await findSchedule(context, id);
  if (declared === undefined && held !== undefined)
    return observeUndeclared({ client, held, owner, now: new Date() });
  const schedules = context.catalogue.filter((schedule) => schedule.id === id);
  const { reports } = await withLedger(settings, (open) =>
    observeSchedules({ client, schedules, owner, now, ledger: open?.ledger }),
  );
  const [report] = reports;
  if (report === undefined) throw new Error(`nothing was observed of ${id}`);
  return report;
}
