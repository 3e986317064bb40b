import Table from 'cli-table3';
import { Command } from 'commander';
import { loadSettings } from '../config.ts';
import {
  type AppliedSchedule,
  applySchedules,
  pauseSchedule,
  resumeSchedule,
  type ScheduleState,
  scheduleStates,
} from '../schedules/apply.ts';
import { scheduleCatalogue } from '../schedules/catalogue.ts';
import { withTemporal } from './context.ts';
import { print, printJson } from './output.ts';
import { visibleText, visibleTime } from './visible-text.ts';

interface Options {
  readonly json?: true;
}

interface NoteOptions extends Options {
  readonly note?: string;
}

export function schedulesCommand(): Command {
  const schedules = new Command('schedules').description('what runs when, by Temporal Schedules');
  schedules
    .command('apply')
    .description('tell Temporal the schedules; keeps pauses, safe to repeat')
    .option('--json', 'one JSON value on stdout')
    .addHelpText('after', '\nExample:\n  sluice schedules apply')
    .action(async ({ json }: Options) => {
      const settings = loadSettings();
      const catalogue = scheduleCatalogue(settings);
      const applied = await withTemporal(settings, (client) =>
        applySchedules(client, { catalogue, taskQueue: settings.temporal.taskQueue }),
      );
      if (json === true) printJson({ schedules: applied });
      else print(describeApplied(applied));
    });
  schedules
    .command('list')
    .description('state, last run and next run of each schedule')
    .option('--json', 'one JSON value on stdout')
    .addHelpText('after', '\nExample:\n  sluice schedules list')
    .action(async ({ json }: Options) => {
      const settings = loadSettings();
      const catalogue = scheduleCatalogue(settings);
      const states = await withTemporal(settings, (client) => scheduleStates(client, catalogue));
      if (json === true) printJson({ schedules: states });
      else print(describeStates(states));
    });
  schedules
    .command('pause')
    .argument('<id>', 'funnel-sync, …')
    .description('start no further runs; one under way goes on')
    .option('--note <text>', 'why; shown in the list and in the Web UI')
    .option('--json', 'one JSON value on stdout')
    .addHelpText('after', '\nExample:\n  sluice schedules pause funnel-sync --note "moving the site"')
    .action(async (id: string, { note = 'Paused by hand.', json }: NoteOptions) => {
      await withTemporal(loadSettings(), (client) => pauseSchedule(client, { id, note }));
      if (json === true) printJson({ id, state: 'paused', note });
      else print(`paused ${id}; go on with: sluice schedules resume ${id}`);
    });
  schedules
    .command('resume')
    .argument('<id>', 'funnel-sync, …')
    .description('start runs again; the next one makes up for what was missed')
    .option('--note <text>', 'shown in the list and in the Web UI')
    .option('--json', 'one JSON value on stdout')
    .addHelpText('after', '\nExample:\n  sluice schedules resume funnel-sync')
    .action(async (id: string, { note = 'Resumed by hand.', json }: NoteOptions) => {
      await withTemporal(loadSettings(), (client) => resumeSchedule(client, { id, note }));
      if (json === true) printJson({ id, state: 'active', note });
      else print(`resumed ${id}`);
    });
  return schedules;
}

function describeApplied(applied: readonly AppliedSchedule[]): string {
  return applied.map(({ id, outcome }) => `${outcome} ${id}`).join('\n');
}

function describeStates(states: readonly ScheduleState[]): string {
  const table = new Table({
    head: ['schedule', 'state', 'last run', 'next run', 'note'],
    style: { head: [], border: [] },
  });
  for (const { id, state, lastRun, next, note } of states) {
    table.push([id, state, time(lastRun), state === 'paused' ? '–' : time(next[0]), visibleText(note)]);
  }
  return table.toString();
}

function time(at: Date | undefined): string {
  return at === undefined ? '–' : visibleTime(at);
}
