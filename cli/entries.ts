import { Command } from 'commander';
import { loadSettings } from '../config.ts';
import { entryHistory } from '../db/entry-history.ts';
import { canonicalEmail, type EmailFault } from '../domain/email.ts';
import { UsageError } from '../domain/errors.ts';
import { withDatabase } from './context.ts';
import { describeHistory, historyEvents } from './entry-history-text.ts';
import { importEntriesCommand } from './import-entries.ts';
import { print, printJson } from './output.ts';
import { visibleText } from './visible-text.ts';

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

const FAULTS: Readonly<Record<EmailFault, string>> = {
  no_email: 'is empty',
  invalid_email: 'is not a valid e-mail address',
  unsupported_email: 'has letters outside ASCII before the @, which Brevo refuses: nobody enters with it',
};

function parseEmail(written: string): string {
  const address = canonicalEmail(written);
  if (address.ok) return address.email;
  throw new UsageError(
    `"${visibleText(written)}" ${FAULTS[address.fault]}`,
    'Sittings with such an address are in: sluice quarantine list.',
  );
}
