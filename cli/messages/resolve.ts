import { Command } from 'commander';
import { loadSettings } from '../../config.ts';
import { resolveAsSent } from '../../db/message-list.ts';
import { UsageError } from '../../domain/errors.ts';
import { withDatabase } from '../context.ts';
import { print, printJson } from '../output.ts';
import { visibleText } from '../visible-text.ts';
import { findOrRefuse, requireState } from './find.ts';
import { resendMessage } from './resend.ts';

export function resolveCommand(): Command {
  return new Command('resolve')
    .argument('<message>', 'number, key or UUID of an uncertain mail')
    .description('settle a mail of which nobody could tell whether Brevo took it')
    .requiredOption('--as <what>', 'sent: Brevo has it; resend: it has not, send it once more')
    .option('--json', 'one JSON value on stdout')
    .addHelpText(
      'after',
      '\nLook for it at Brevo first (Transactional, Logs). With APP_DRY_RUN=true this only says what it would do.\n\nExample:\n  sluice messages resolve 42 --as sent',
    )
    .action(resolve);
}

async function resolve(
  word: string,
  { as, json }: { readonly as: string; readonly json?: true },
): Promise<void> {
  if (as !== 'sent' && as !== 'resend') {
    throw new UsageError(`--as "${visibleText(as)}" is not known`, 'One of sent, resend.');
  }
  const settings = loadSettings();
  const row = await withDatabase(settings, ({ orm }) => findOrRefuse(orm, word));
  requireState(row, ['uncertain']);
  if (as === 'resend') return resendMessage(settings, { row, json });
  if (!settings.dryRun) {
    await withDatabase(settings, async ({ orm }) => {
      const isDone = await resolveAsSent(orm, { id: row.id, now: new Date() });
      // A webhook was quicker, and said the same.
      if (!isDone) requireState(await findOrRefuse(orm, String(row.id)), ['accepted']);
    });
  }
  if (json === true) printJson({ dryRun: settings.dryRun, messageId: row.id, state: 'accepted' });
  else if (settings.dryRun) print(`would note message ${row.id} as accepted (APP_DRY_RUN is true)`);
  else print(`message ${row.id} is accepted`);
}
