import { Command } from 'commander';
import { type ContactData, contactData } from '../../db/contact-data.ts';
import { withDatabase } from '../context.ts';
import { printJson } from '../output.ts';
import { namedPerson } from './person.ts';

export function exportCommand(): Command {
  return new Command('export')
    .argument('<email>', 'any spelling of the address')
    .description('everything that our tables hold of a person, as one JSON value')
    .option('--json', 'one JSON value on stdout (the default: it prints nothing else)')
    .addHelpText(
      'after',
      `
What the website and Brevo hold is theirs to tell: docs/privacy.md. Times are UTC.

Example:
  sluice contacts export anna@example.com > anna.json`,
    )
    .action(async (written: string) => {
      const person = namedPerson(written);
      const data = await withDatabase(person.settings, ({ orm }) => contactData(orm, person));
      printJson({ email: person.email, exportedAt: new Date(), ...exported(data) });
    });
}

/** JSON columns as what they are, names as people read them. */
function exported({ contact, events, messages, changes, held, ...rest }: ContactData) {
  return {
    contact: contact === undefined ? null : { ...contact, fields: parsed(contact.fields) },
    events: events.map((event) => ({ ...event, data: parsed(event.data) })),
    messages: messages.map((message) => ({ ...message, params: parsed(message.params) })),
    ...rest,
    brevoChanges: changes,
    quarantine: held,
  };
}

function parsed(json: string): unknown {
  return JSON.parse(json);
}
