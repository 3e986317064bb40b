import { Command } from 'commander';
import { loadSettings } from '../config.ts';
import { entryHistory } from '../db/entry-history.ts';
import { withDatabase } from './context.ts';
import { parseEmail } from './email-argument.ts';
import { describeHistory, historyEvents } from './entry-history-text.ts';
import { importEntriesCommand } from './import-entries.ts';
import { print, printJson } from './output.ts';

export function entriesCommand(): Command {
  const entries = new Command('entries').description('people in the funnels');
  entries
    .command('show')
    .argument('<email>', 'any spelling of the address')
    .description('everything known of one person, in time order')
    .option('--json', 'one JSON value on stdout')
    .addHelpText('after', '\nTimes are UTC. Example:\n  sluice entries show anna@example.com')
    .action(show);
  entries.addCommand(importEntriesCommand());
  return entries;
}

async function show(written: string, { json }: { readonly json?: true }): Promise<void> {
  const email = parseEmail(written);
  const history = await withDatabase(loadSettings(), ({ orm }) => entryHistory(orm, email));
  if (json !== true) return print(describeHistory(email, history));
  const events = historyEvents(history);
  printJson({
    email,
    known: events.length > 0,
    entries: history.entries.map((entry) => ({
      id: entry.id,
      funnel: entry.funnelType,
      source: entry.source,
      enteredAt: entry.enteredAt,
      sittingId: entry.userId,
      testId: entry.testId,
      testedAt: entry.testedAt,
      purchased: entry.certificatePurchased === 1,
      purchasedAt: entry.certificatePurchasedAt,
      paymentId: entry.purchasePaymentId,
      brevo: entry.state,
      rejectedCode: entry.rejectedCode,
    })),
    events,
  });
}
