import { WorkflowNotFoundError, WorkflowUpdateFailedError } from '@temporalio/client';
import { Command } from 'commander';
import { loadSettings } from '../../config.ts';
import { messageOf, SluiceError } from '../../domain/errors.ts';
import {
  pauseSignal,
  rescheduleUpdate,
  resumeSignal,
  retryStepUpdate,
  skipStepUpdate,
  stateQuery,
} from '../../workflows/journey/messages.ts';
import type { JourneyView } from '../../workflows/journey/state.ts';
import { withDatabase, withTemporal } from '../context.ts';
import { print, printJson } from '../output.ts';
import { parseTime } from '../schedules/times.ts';
import { runOf } from './find.ts';

interface Json {
  readonly json?: true;
}

export function pauseCommand(): Command {
  return command('pause', {
    about: 'stop the clock of a run: nothing is sent until it is resumed',
    steer: async ({ handle }) => handle.signal(pauseSignal),
    done: 'paused',
  });
}

export function resumeCommand(): Command {
  return command('resume', {
    about: 'let the clock of a run go on; all that is to come is later by the length of the pause',
    steer: async ({ handle }) => handle.signal(resumeSignal),
    done: 'resumed',
  });
}

export function skipCommand(): Command {
  return command('skip', {
    about: 'leave out the step at which a run waits; what comes after a skipped wait comes sooner',
    steer: async ({ handle, step }) => handle.executeUpdate(skipStepUpdate, { args: [{ step }] }),
    done: 'goes on with the next step',
  });
}

export function retryCommand(): Command {
  return command('retry', {
    about: 'try a parked step once more',
    steer: async ({ handle, step }) => handle.executeUpdate(retryStepUpdate, { args: [{ step }] }),
    done: 'tries again',
  });
}

export function rescheduleCommand(): Command {
  return new Command('reschedule')
    .argument('<run>', 'its number, from sluice journeys runs')
    .description('give the present wait of a run a new end; what comes after it moves along')
    .requiredOption('--to <time>', 'ISO 8601; without an offset it is UTC')
    .option('--json', 'one JSON value on stdout')
    .addHelpText('after', '\nExample:\n  sluice journeys reschedule 42 --to 2026-12-24T09:00:00+01:00')
    .action(async (word: string, { to, json }: Json & { readonly to: string }) => {
      const at = parseTime({ option: '--to', value: to, timezone: 'UTC' }).toISOString();
      await steerRun(word, {
        json,
        done: `waits until ${at}`,
        steer: async ({ handle, step }) => handle.executeUpdate(rescheduleUpdate, { args: [{ step, at }] }),
      });
    });
}

function command(
  name: string,
  { about, steer, done }: { readonly about: string; readonly steer: Steer; readonly done: string },
): Command {
  return new Command(name)
    .argument('<run>', 'its number, from sluice journeys runs')
    .description(about)
    .option('--json', 'one JSON value on stdout')
    .addHelpText('after', `\nExample:\n  sluice journeys ${name} 42`)
    .action((word: string, { json }: Json) => steerRun(word, { json, steer, done }));
}

type Handle = ReturnType<Parameters<Parameters<typeof withTemporal>[1]>[0]['workflow']['getHandle']>;
type Steer = (at: { readonly handle: Handle; readonly step: string }) => Promise<void>;

async function steerRun(
  word: string,
  { json, steer, done }: { readonly json: true | undefined; readonly steer: Steer; readonly done: string },
): Promise<void> {
  const settings = loadSettings();
  const run = await withDatabase(settings, ({ orm }) => runOf(orm, word));
  await withTemporal(settings, async (client) => {
    const handle = client.workflow.getHandle(run.workflowId);
    try {
      const { step = '' }: JourneyView = await handle.query(stateQuery);
      await steer({ handle, step });
    } catch (error) {
      throw inWords(error, run.id);
    }
  });
  if (json === true) printJson({ run: run.id, done });
  else print(`run ${run.id} ${done}`);
}

function inWords(error: unknown, runId: number): unknown {
  if (error instanceof WorkflowNotFoundError) {
    return new SluiceError(`run ${runId} is over`, { code: 'journey_over', cause: error });
  }
  if (error instanceof WorkflowUpdateFailedError) {
    return new SluiceError(`run ${runId}: ${messageOf(error.cause ?? error)}`, {
      code: 'journey_refused',
      cause: error,
    });
  }
  return error;
}
