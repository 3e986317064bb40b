import { Command } from 'commander';
import { UsageError } from '../../domain/errors.ts';
import { skipAt, unskip } from '../../schedules/exceptions.ts';
import { timesBetween } from '../../schedules/recurrence/times.ts';
import type { ResolvedSchedule } from '../../schedules/resolved.ts';
import { describeSchedule } from '../../schedules/server/describe.ts';
import { print, printJson } from '../output.ts';
import { entryOf, type ScheduleContext, withSchedules } from './context.ts';
import { parseTime, timeInZone } from './times.ts';

interface Options {
  readonly at?: string;
  readonly undo?: true;
  readonly json?: true;
}

export function skipCommand(): Command {
  return new Command('skip')
    .argument('<id>', 'funnel-sync, …')
    .description('leave the next run out, or the one at a given time; the rule stays')
    .option(
      '--at <time>',
      'a time of the rule, ISO 8601; without Z in the zone of the schedule (default: the next)',
    )
    .option('--undo', 'take a skip back (default: the first one to come)')
    .option('--json', 'one JSON value on stdout')
    .addHelpText(
      'after',
      '\nExample:\n  sluice schedules skip conversion-report\n  sluice schedules skip conversion-report --at 2026-12-24T00:15',
    )
    .action(async (id: string, { at, undo, json }: Options) => {
      const done = await withSchedules(async (context) => {
        const schedule = entryOf(context, id);
        const { timezone } = schedule;
        const given = at === undefined ? undefined : parseTime({ option: '--at', value: at, timezone });
        const time = given ?? (await defaultTime(context, { schedule, undo: undo === true }));
        const { client, owner, now } = context;
        await (undo === true ? unskip : skipAt)({ client, schedule, owner, at: time, now });
        return { time, timezone };
      });
      if (json === true) printJson({ id, at: done.time, state: undo === true ? 'runs' : 'skipped' });
      else
        print(`${id} ${undo === true ? 'runs' : 'does not run'} at ${timeInZone(done.time, done.timezone)}`);
    });
}

/** The first time to come that is not skipped yet, or the first one that is. */
async function defaultTime(
  { client, now }: ScheduleContext,
  { schedule, undo }: { readonly schedule: ResolvedSchedule; readonly undo: boolean },
): Promise<Date> {
  const after = Math.floor(now.getTime() / 1000);
  const held = await describeSchedule(client, schedule.id);
  const skipped = (held?.exceptions ?? [])
    .filter(({ kind, at }) => kind === 'skip' && at > after)
    .map(({ at }) => at);
  const known = new Set(skipped);
  const next = undo
    ? skipped[0]
    : timesBetween(schedule.recurrence, { after, count: skipped.length + 1 }).find((at) => !known.has(at));
  if (next !== undefined) return new Date(next * 1000);
  throw new UsageError(`${schedule.id} has no ${undo ? 'skipped run' : 'run'} to come`);
}
