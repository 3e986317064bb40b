import { type Client, WorkflowFailedError } from '@temporalio/client';
import { Command } from 'commander';
import { loadSettings, type Settings } from '../../config.ts';
import { countUntold } from '../../db/hot-leads.ts';
import type { HotLeadCheckResult } from '../../workflows/hot-lead-check.ts';
import { announce } from '../announce.ts';
import { withDatabase, withTemporal } from '../context.ts';
import { print, printJson } from '../output.ts';
import { idByHand } from '../run-funnel-sync.ts';
import { failureOfRun } from '../workflow-failure.ts';

interface Options {
  readonly dryRun?: true;
  readonly json?: true;
}

export function hotLeadCheckCommand(): Command {
  return new Command('hot-lead-check')
    .description('tell sales of hot leads that nobody was told of; each once, however often it is run')
    .option('--dry-run', 'say how many there are, tell nobody')
    .option('--json', 'one JSON value on stdout')
    .addHelpText('after', '\nExample:\n  sluice run hot-lead-check --dry-run')
    .action(async (options: Options) => {
      const settings = loadSettings();
      if (options.dryRun === true || settings.dryRun) {
        const waiting = await withDatabase(settings, ({ orm }) => countUntold(orm));
        if (options.json === true) printJson({ dryRun: true, waiting });
        else
          print(
            `Dry run: ${waiting.channel} hot leads for the channel, ${waiting.mail} for mails. Nobody was told.`,
          );
        return;
      }
      const result = await withTemporal(settings, async (client) => {
        await announce('hotLeadCheck', { client, settings });
        return runHotLeadCheck(client, settings);
      });
      if (options.json === true) printJson(result);
      else print(describeHotLeadCheck(result));
    });
}

/** Starts `hotLeadCheck` through Temporal and waits for its end. @throws SluiceError with the reason why it failed. */
export async function runHotLeadCheck(
  client: Client,
  settings: Settings,
): Promise<HotLeadCheckResult & { readonly workflowId: string; readonly runId: string }> {
  const handle = await client.workflow.start('hotLeadCheck', {
    workflowId: idByHand('hot-lead-check'),
    taskQueue: settings.temporal.taskQueue,
    args: [{}],
    staticSummary: 'Tells sales of leads that became hot (by hand)',
  });
  try {
    const result = (await handle.result()) as HotLeadCheckResult;
    return { workflowId: handle.workflowId, runId: handle.firstExecutionRunId, ...result };
  } catch (error) {
    if (!(error instanceof WorkflowFailedError)) throw error;
    throw failureOfRun(error).failure;
  }
}

function describeHotLeadCheck({ channel, mail, dropped }: HotLeadCheckResult): string {
  return [
    `Channel: ${channel.told} told, ${channel.waiting} wait. Mails: about ${mail.planned} leads, ${mail.waiting} wait.`,
    ...(dropped === 0 ? [] : [`No news any more: ${dropped}. sluice leads show EMAIL says why.`]),
  ].join('\n');
}
