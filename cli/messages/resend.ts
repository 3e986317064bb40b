import { WorkflowFailedError } from '@temporalio/client';
import { Command } from 'commander';
import { loadSettings, type Settings } from '../../config.ts';
import type { Message } from '../../db/messages.ts';
import type { SendResult } from '../../domain/sending/message.ts';
import { resendKey } from '../../domain/sending/message-key.ts';
import { mailTaskQueue } from '../../workers/task-queues.ts';
import { messageResend, messageResendId } from '../../workflows/message-resend.ts';
import { withDatabase, withTemporal } from '../context.ts';
import { print, printJson } from '../output.ts';
import { failureOfRun } from '../workflow-failure.ts';
import { findOrRefuse, requireState } from './find.ts';

export function resendCommand(): Command {
  return new Command('resend')
    .argument('<message>', 'number, key or UUID of a rejected mail')
    .description('send a rejected mail once more, after its cause is repaired')
    .option('--json', 'one JSON value on stdout')
    .addHelpText(
      'after',
      '\nThe mail goes out as a new one with a key of its own, with what is known of the person now, at once: window, cap\nand freshness are not asked again; suppressions and consent are. With APP_DRY_RUN=true this only says so.\n\nExample:\n  sluice messages resend 42',
    )
    .action(resend);
}

async function resend(word: string, { json }: { readonly json?: true }): Promise<void> {
  const settings = loadSettings();
  const row = await withDatabase(settings, ({ orm }) => findOrRefuse(orm, word));
  requireState(row, ['rejected']);
  await resendMessage(settings, { row, json });
}

/** Starts the resend through Temporal, waits for its end and prints it. A second call waits for the same one. */
export async function resendMessage(
  settings: Settings,
  { row, json }: { readonly row: Message; readonly json: true | undefined },
): Promise<void> {
  const key = resendKey(row.messageKey);
  if (settings.dryRun) {
    if (json === true) printJson({ dryRun: true, messageId: row.id, key });
    else print(`would send message ${row.id} once more, as ${key} (APP_DRY_RUN is true)`);
    return;
  }
  const result = await withTemporal(settings, async (client) => {
    const { taskQueue } = settings.temporal;
    const handle = await client.workflow.start(messageResend, {
      workflowId: messageResendId(taskQueue, row.id),
      taskQueue,
      args: [{ messageId: row.id, mailTaskQueue: mailTaskQueue(taskQueue) }],
      workflowIdConflictPolicy: 'USE_EXISTING',
      staticSummary: `Message ${row.id} once more (by hand)`,
    });
    return handle.result().catch((error: unknown) => {
      throw error instanceof WorkflowFailedError ? failureOfRun(error).failure : error;
    });
  });
  if (json === true) printJson({ dryRun: false, messageId: row.id, key, result });
  else print(describeResult(key, result));
}

function describeResult(key: string, result: SendResult): string {
  if (result.status === 'later') return `${key} goes out at ${result.at}`;
  const why = 'reason' in result ? ` (${result.reason})` : '';
  return `${key} is ${result.status}${why}: message ${result.messageId}`;
}
