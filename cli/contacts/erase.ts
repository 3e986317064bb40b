import { setTimeout as wait } from 'node:timers/promises';
import { Command } from 'commander';
import { contactData } from '../../db/contact-data.ts';
import { SluiceError, UsageError } from '../../domain/errors.ts';
import { clientFor } from '../brevo-client.ts';
import { confirm, isInteractive } from '../confirm.ts';
import { withDatabase, withTemporal } from '../context.ts';
import { print, printJson, remark } from '../output.ts';
import { describeHoldings, holdingsOf } from './holdings.ts';
import { type NamedPerson, namedPerson, refuseDryRun } from './person.ts';

interface Options {
  readonly yes?: true;
  readonly json?: true;
}

/** A call to Brevo that is under way ends within this time, or its outcome is looked up. */
const TRIES = 10;
const PAUSE_MS = 3_000;

export function eraseCommand(): Command {
  return new Command('erase')
    .argument('<email>', 'any spelling of the address')
    .description('erase a person: journeys, our tables, the contact at Brevo; nobody mails them again')
    .option('--yes', 'without asking')
    .option('--json', 'one JSON value on stdout')
    .addHelpText(
      'after',
      `
Kept are a keyed hash of the address, so that no later import or event mails them, and rows without the address that
counts rest on. The website's own database and Brevo's logs of sent mail are not touched: docs/privacy.md. Safe to
repeat; after a failure the same command completes it.

Example:
  sluice contacts erase anna@example.com`,
    )
    .action(erase);
}

async function erase(written: string, { yes, json }: Options): Promise<void> {
  const person = namedPerson(written);
  const before = await withDatabase(person.settings, ({ orm }) => contactData(orm, person));
  if (json !== true) print(describeHoldings(holdingsOf(before)));
  refuseDryRun(person.settings);
  if (yes !== true) {
    if (json === true || !isInteractive()) {
      throw new UsageError('erasing asks on a terminal', 'Add --yes to erase without being asked.');
    }
    if (!(await confirm('Erase all of it, for good?'))) {
      print('Nothing was erased.');
      return;
    }
  }
  const report = await untilDone(person);
  if (json === true) return printJson({ erased: true, ...report });
  const journeys = report.journeysStopped === 1 ? '1 journey' : `${report.journeysStopped} journeys`;
  const atBrevo = report.brevo === 'deleted' ? 'the contact is deleted' : 'there was no such contact';
  print(`Erased. ${journeys} stopped; at Brevo ${atBrevo}. The address is suppressed for good.`);
}

/** What is on its way to Brevo is waited for: it would bring the contact back. */
async function untilDone(person: NamedPerson) {
  const { erasePerson } = await import('./erase-person.ts');
  const { settings } = person;
  return withDatabase(settings, (database) =>
    withTemporal(settings, async (client) => {
      for (let attempt = 1; ; attempt += 1) {
        try {
          return await erasePerson({ ...person, database, client, brevo: clientFor(settings) });
        } catch (error) {
          const waits = error instanceof SluiceError && error.code === 'erasure_waits';
          if (!waits || attempt === TRIES) throw error;
          if (attempt === 1) remark('a call to Brevo about this person is under way; waiting for its end');
          await wait(PAUSE_MS);
        }
      }
    }),
  );
}
