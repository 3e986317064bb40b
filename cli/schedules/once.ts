import { Command } from 'commander';
import { cancelOnce, runOnceAt } from '../../schedules/exceptions.ts';
import { print, printJson } from '../output.ts';
import { entryOf, withSchedules } from './context.ts';
import { parseTime, timeInZone } from './times.ts';

interface Options {
  readonly at: string;
  readonly undo?: true;
  readonly json?: true;
}

export function onceCommand(): Command {
  return new Command('once')
    .argument('<id>', 'funnel-sync, …')
    .description('run once more, at a time of its own; the rule stays')
    .requiredOption('--at <time>', 'ISO 8601; without Z in the zone of the schedule')
    .option('--undo', 'take it back')
    .option('--json', 'one JSON value on stdout')
    .addHelpText('after', '\nExample:\n  sluice schedules once conversion-report --at 2026-12-01T09:00')
    .action(async (id: string, { at: value, undo, json }: Options) => {
      const { at, timezone } = await withSchedules(async (context) => {
        const schedule = entryOf(context, id);
        const { client, owner, now } = context;
        const time = parseTime({ option: '--at', value, timezone: schedule.timezone });
        await (undo === true ? cancelOnce : runOnceAt)({ client, schedule, owner, at: time, now });
        return { at: time, timezone: schedule.timezone };
      });
      if (json === true) printJson({ id, at, state: undo === true ? 'taken back' : 'runs' });
      else print(`${id} ${undo === true ? 'does not run' : 'runs once'} at ${timeInZone(at, timezone)}`);
    });
}
