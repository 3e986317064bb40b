import { type Client, WorkflowNotFoundError } from '@temporalio/client';
import { Command } from 'commander';
import { loadSettings, type Settings } from '../../config.ts';
import { recountPages, withholdRun } from '../../db/campaign-pages.ts';
import { type CampaignRun, closeRun } from '../../db/campaign-runs.ts';
import type { Database } from '../../db/pool.ts';
import { SluiceError } from '../../domain/errors.ts';
import { cancelSignal, pauseSignal, resumeSignal } from '../../workflows/campaign/messages.ts';
import type { campaign } from '../../workflows/campaign.ts';
import { confirm, isInteractive } from '../confirm.ts';
import { withDatabase, withTemporal } from '../context.ts';
import { print, printJson } from '../output.ts';
import { campaignRunOf } from './find.ts';

interface Options {
  readonly yes?: true;
  readonly json?: true;
}

interface Steered {
  readonly client: Client;
  readonly database: Database;
  readonly settings: Settings;
  readonly run: CampaignRun;
}

export function pauseCommand(): Command {
  return command('pause', 'send nothing more of a run until it is resumed; takes some seconds').action(
    (word: string, options: Options) =>
      steer(word, {
        options,
        done: 'pauses',
        work: async ({ client, run }) => handleOf(client, run).signal(pauseSignal),
      }),
  );
}

export function resumeCommand(): Command {
  return command('resume', 'let a run go on where it was, also one whose workflow was terminated').action(
    (word: string, options: Options) => steer(word, { options, done: 'goes on', work: resume }),
  );
}

export function cancelCommand(): Command {
  return command('cancel', 'end a run for good: what was not sent yet is withheld')
    .option('--yes', 'do not ask')
    .action(async (word: string, options: Options) => {
      const asks = options.yes !== true && options.json !== true && isInteractive();
      if (asks && !(await confirm('What is not sent yet will never be. Cancel it?')))
        return print('nothing was changed');
      return steer(word, { options, done: 'ends', work: cancel });
    });
}

function command(name: string, about: string): Command {
  return new Command(name)
    .argument('<run>', 'its number, from sluice campaigns list')
    .description(about)
    .option('--json', 'one JSON value on stdout')
    .addHelpText('after', `\nExample:\n  sluice campaigns ${name} 7`);
}

async function steer(
  word: string,
  {
    options,
    done,
    work,
  }: {
    readonly options: Options;
    readonly done: string;
    readonly work: (steered: Steered) => Promise<void>;
  },
): Promise<void> {
  const settings = loadSettings();
  const run = await withDatabase(settings, async (database) => {
    const found = await campaignRunOf(database.orm, word);
    if (found.endedAt !== null) {
      throw new SluiceError(`run ${found.id} is over: ${found.state}`, { code: 'campaign_over' });
    }
    await withTemporal(settings, (client) =>
      work({ client, database, settings, run: found }).catch((error: unknown) => {
        throw inWords(error, found);
      }),
    );
    return found;
  });
  if (options.json === true) printJson({ run: run.id, done });
  else print(`run ${run.id} of ${run.campaign} ${done}`);
}

/** A run whose workflow is gone gets a new one of the same id, which finds the run and goes on with it. */
async function resume({ client, settings, run }: Steered): Promise<void> {
  try {
    await handleOf(client, run).signal(resumeSignal);
  } catch (error) {
    if (!(error instanceof WorkflowNotFoundError)) throw error;
    await client.workflow.start<typeof campaign>('campaign', {
      taskQueue: settings.temporal.taskQueue,
      workflowId: run.workflowId,
      args: [{ campaign: run.campaign, name: run.name }],
      staticSummary: `Campaign ${run.campaign}: ${run.name}, resumed`,
    });
  }
}

async function cancel({ client, database, run }: Steered): Promise<void> {
  try {
    await handleOf(client, run).signal(cancelSignal, { reason: 'cancelled' });
  } catch (error) {
    if (!(error instanceof WorkflowNotFoundError)) throw error;
    const [now, { orm }] = [new Date(), database];
    await withholdRun(orm, { runId: run.id, reason: 'cancelled', now });
    await recountPages(orm, { runId: run.id, now });
    await closeRun(orm, { id: run.id, state: 'cancelled', reason: 'cancelled', now });
  }
}

function handleOf(client: Client, { workflowId }: CampaignRun) {
  return client.workflow.getHandle(workflowId);
}

function inWords(error: unknown, { id }: CampaignRun): unknown {
  if (!(error instanceof WorkflowNotFoundError)) return error;
  return new SluiceError(`the workflow of run ${id} has been ended from outside`, {
    code: 'campaign_workflow_gone',
    hint: `sluice campaigns resume ${id} goes on with it, sluice campaigns cancel ${id} ends it.`,
    cause: error,
  });
}
