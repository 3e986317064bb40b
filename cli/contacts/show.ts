import { Command } from 'commander';
import { type ContactData, contactData } from '../../db/contact-data.ts';
import { withDatabase } from '../context.ts';
import { print, printJson } from '../output.ts';
import { visibleText, visibleTime } from '../visible-text.ts';
import { namedPerson } from './person.ts';

const LAST_MAILS = 10;

export function showCommand(): Command {
  return new Command('show')
    .argument('<email>', 'any spelling of the address')
    .description('where a person stands: consent, suppressions, journeys, last mails')
    .option('--json', 'one JSON value on stdout')
    .addHelpText('after', '\nTimes are UTC. Example:\n  sluice contacts show anna@example.com')
    .action(async (written: string, { json }: { readonly json?: true }) => {
      const person = namedPerson(written);
      const state = stateOf(await withDatabase(person.settings, ({ orm }) => contactData(orm, person)));
      if (json === true) printJson({ email: person.email, ...state });
      else print(describe(person.email, state));
    });
}

function stateOf({
  contact,
  resources,
  suppressions,
  erasures,
  journeyRuns,
  messages,
  entries,
}: ContactData) {
  return {
    contact:
      contact === undefined
        ? null
        : {
            id: contact.id,
            name: contact.name ?? contact.firstName,
            timezone: contact.timezone,
            consent: contact.consent,
            consentAt: contact.consentAt,
            resources: resources.map(({ resource }) => resource),
          },
    erasure: erasures[0] === undefined ? null : erasureOf(erasures[0]),
    suppressions: suppressions
      .filter(({ endedAt }) => endedAt === null)
      .map(({ scope, reason, source, since }) => ({ scope, reason, source, since })),
    journeys: journeyRuns.map(({ workflowId, journey, state, reason, step, dueAt, startedAt, endedAt }) => ({
      workflowId,
      journey,
      state,
      reason,
      step,
      dueAt,
      startedAt,
      endedAt,
    })),
    funnels: entries.map(({ funnelType, enteredAt, state }) => ({ funnel: funnelType, enteredAt, state })),
    messages: messages
      .slice(-LAST_MAILS)
      .map(({ id, template, scope, state, reason, dueAt, acceptedAt }) => ({
        id,
        template,
        scope,
        state,
        reason,
        dueAt,
        acceptedAt,
      })),
  };
}

function erasureOf({ requestedAt, completedAt }: ContactData['erasures'][number]) {
  return { requestedAt, completedAt };
}

type State = ReturnType<typeof stateOf>;

function describe(email: string, { contact, erasure, ...state }: State): string {
  const name = contact?.name ? ` ${visibleText(contact.name)}` : '';
  return [
    contact === null
      ? `${email} is no contact`
      : `${email}${name}: contact ${contact.id}${contact.resources.length === 0 ? '' : `, ${contact.resources.join(', ')}`}`,
    ...(contact === null ? [] : [`consent     ${contact.consent}${when(contact.consentAt)}`]),
    ...(erasure === null ? [] : [erasureLine(erasure)]),
    ...section(
      'suppressed',
      state.suppressions.map(
        ({ scope, reason, source, since }) => `${scope}: ${reason}, by ${source}${when(since)}`,
      ),
    ),
    ...section(
      'journey',
      state.journeys.map(
        ({ journey, state: is, reason, step, dueAt, startedAt }) =>
          `${journey}: ${is}${reason === null ? '' : ` (${reason})`}, began ${visibleTime(startedAt)}${step === null ? '' : `, at ${step}`}${dueAt === null ? '' : `, due ${visibleTime(dueAt)}`}`,
      ),
    ),
    ...section(
      'funnel',
      state.funnels.map(({ funnel, enteredAt }) => `${funnel}: entered ${visibleTime(enteredAt)}`),
    ),
    ...section(
      'mail',
      state.messages.map(
        ({ id, template, state: is, reason, acceptedAt, dueAt }) =>
          `${visibleTime(acceptedAt ?? dueAt)}  ${template}: ${is}${reason === null ? '' : ` (${reason})`}, message ${id}`,
      ),
    ),
  ].join('\n');
}

function when(at: Date | null): string {
  return at === null ? '' : ` since ${visibleTime(at)}`;
}

function erasureLine({ requestedAt, completedAt }: NonNullable<State['erasure']>): string {
  return completedAt === null
    ? `erasure     begun ${visibleTime(requestedAt)} and NOT complete: run sluice contacts erase again`
    : `erased      ${visibleTime(completedAt)}`;
}

function section(name: string, lines: readonly string[]): readonly string[] {
  return lines.map((line, at) => `${(at === 0 ? name : '').padEnd(12)}${line}`);
}
