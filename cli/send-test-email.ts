import { randomUUID } from 'node:crypto';
import { WorkflowFailedError } from '@temporalio/client';
import { Command } from 'commander';
import { loadSettings, type Settings } from '../config.ts';
import { ensureContacts } from '../db/contacts.ts';
import { SluiceError } from '../domain/errors.ts';
import type { SendResult } from '../domain/sending/message.ts';
import { missingForMail } from '../workers/mail-deps.ts';
import { mailTaskQueue } from '../workers/task-queues.ts';
import type { testMail } from '../workflows/test-mail.ts';
import { announce } from './announce.ts';
import { withDatabase, withTemporal } from './context.ts';
import { parseEmail } from './email-argument.ts';
import { print, printJson } from './output.ts';
import { failureOfRun } from './workflow-failure.ts';

export function sendTestEmailCommand(): Command {
  return new Command('send-test-email')
    .description('send a test mail the way that all mails go: ledger, suppressions, template, Brevo')
    .argument('<address>', 'where it goes; becomes a contact, without any consent')
    .option('--json', 'one JSON value on stdout')
    .addHelpText(
      'after',
      '\nEach call sends one mail. Exit code 1: Brevo did not take it; the reason is printed. With APP_DRY_RUN=true nothing is sent.\n\nExample:\n  sluice send-test-email ann@example.com',
    )
    .action(async (address: string, { json }: { readonly json?: true }) => {
      const settings = loadSettings();
      const email = parseEmail(address);
      refuseUnready(settings);
      const result = await send(settings, email);
      if (json === true) printJson(result);
      else print(describe(result));
      process.exitCode = result.status === 'accepted' ? 0 : 1;
    });
}

/** @throws SluiceError `setting_missing`, `dry_run` */
function refuseUnready(settings: Settings): void {
  const missing = missingForMail(settings);
  if (missing.length > 0) {
    throw new SluiceError(`${missing.join(', ')} not set: no mail can be sent`, {
      code: 'setting_missing',
      hint: 'Set them for this command and for the workers (docs/configuration.md).',
    });
  }
  if (!settings.dryRun) return;
  throw new SluiceError('APP_DRY_RUN is true: nothing is sent', {
    code: 'dry_run',
    hint: 'Set APP_DRY_RUN=false for this command and for the workers.',
  });
}

async function send(settings: Settings, email: string): Promise<SendResult & { readonly key: string }> {
  const now = new Date();
  const contactId = await withDatabase(settings, async ({ orm }) => {
    const facts = [{ email, firstName: undefined, name: undefined, timezone: undefined }];
    return (await ensureContacts(orm, { facts, now })).get(email) ?? 0;
  });
  const { taskQueue } = settings.temporal;
  const key = `test/${now.toISOString().slice(0, 19)}Z/${randomUUID().slice(0, 8)}`;
  return withTemporal(settings, async (client) => {
    await announce('testMail', { client, settings });
    const handle = await client.workflow.start<typeof testMail>('testMail', {
      workflowId: key.replaceAll('/', '-'),
      taskQueue,
      args: [{ contactId, key, dueAt: now.toISOString(), mailTaskQueue: mailTaskQueue(taskQueue) }],
      staticSummary: 'A test mail (by hand)',
    });
    try {
      return { key, ...(await handle.result()) };
    } catch (error) {
      throw error instanceof WorkflowFailedError ? failureOfRun(error).failure : error;
    }
  });
}

function describe(result: SendResult & { readonly key: string }): string {
  if (result.status === 'later') return `${result.key} goes out at ${result.at}`;
  const why = 'reason' in result ? ` (${result.reason})` : '';
  return `${result.key} is ${result.status}${why}: message ${result.messageId}; sluice messages show ${result.messageId}`;
}
