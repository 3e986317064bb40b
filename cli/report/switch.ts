import { Command } from 'commander';
import { setReportActive } from '../../db/report-definitions.ts';
import { UsageError } from '../../domain/errors.ts';
import { describeRecurrence } from '../../schedules/recurrence/words.ts';
import { scheduleIdOf } from '../../workers/report-sync.ts';
import { print, printJson } from '../output.ts';
import { checkDefinition } from './check-definition.ts';
import { checkQuery } from './check-query.ts';
import { reportNamed, withReports } from './context.ts';
import { agreeToMails, bringInLine } from './store.ts';
import { rawOf } from './update.ts';

const LONGEST_REASON = 255;

interface EnableOptions {
  /** False with --no-check. */
  readonly check: boolean;
  readonly yes?: true;
  readonly json?: true;
}

export function enableCommand(): Command {
  return new Command('enable')
    .argument('<id>', 'weekly-sales, …')
    .description('let a report run; one that is paused, by hand or after failures, goes on')
    .option('--no-check', 'do not ask the database about the query')
    .option('--yes', 'do not ask about many mails a day')
    .option('--json', 'one JSON value on stdout')
    .addHelpText(
      'after',
      '\nTimes that passed while it was not active are not made up; those of a pause are, as the report says.\n\nExample:\n  sluice report enable weekly-sales',
    )
    .action(async (id: string, { check, yes, json }: EnableOptions) => {
      const done = await withReports(async (context) => {
        const { settings, client, owner, now, database } = context;
        const report = await reportNamed(context, id);
        // What was right when it was stored may not be now: a time that is over, a connection that is gone.
        const checked = checkDefinition({ ...rawOf(report), isActive: true }, { settings, now });
        if (!report.isActive) {
          if (check) await checkQuery(checked.definition, { settings, now });
          await agreeToMails(checked, { now, yes: yes === true });
        }
        const isChanged = await setReportActive(database, { id, isActive: true, reason: undefined, now });
        const { pauseNote } = await bringInLine(context, id);
        if (pauseNote !== undefined) {
          await client.schedule.getHandle(scheduleIdOf(id, owner)).unpause(report.name);
          await bringInLine(context, id);
        }
        const before = pauseNote === undefined ? ('unchanged' as const) : ('resumed' as const);
        const outcome = isChanged ? ('enabled' as const) : before;
        return {
          outcome,
          meaning: describeRecurrence(checked.schedule.recurrence),
          pauseNote: pauseNote ?? null,
        };
      });
      if (json === true) return printJson({ id, ...done });
      const words = {
        enabled: `${id} is active and runs ${done.meaning}`,
        resumed: `${id} goes on; it was paused: ${done.pauseNote ?? ''}`,
        unchanged: `${id} was active`,
      };
      print(words[done.outcome]);
    });
}

export function disableCommand(): Command {
  return new Command('disable')
    .argument('<id>', 'weekly-sales, …')
    .description('let a report not run any more; a run under way goes on, everything is kept')
    .option('--note <text>', 'why; shown in the list', 'Disabled by hand.')
    .option('--json', 'one JSON value on stdout')
    .addHelpText(
      'after',
      '\nExample:\n  sluice report disable weekly-sales --note "until the shop has moved"',
    )
    .action(async (id: string, { note, json }: { readonly note: string; readonly json?: true }) => {
      if (note.trim() === '' || note.length > LONGEST_REASON) {
        throw new UsageError(`--note has 1 to ${LONGEST_REASON} characters`);
      }
      const isChanged = await withReports(async (context) => {
        await reportNamed(context, id);
        const { database, now } = context;
        const changed = await setReportActive(database, { id, isActive: false, reason: note, now });
        await bringInLine(context, id);
        return changed;
      });
      if (json === true) printJson({ id, outcome: isChanged ? 'disabled' : 'unchanged', note });
      else
        print(isChanged ? `${id} runs no more; sluice report enable ${id} lets it` : `${id} was not active`);
    });
}
