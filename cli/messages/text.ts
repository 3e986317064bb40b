import type { Message } from '../../db/messages.ts';
import { UsageError } from '../../domain/errors.ts';
import { MESSAGE_STATES, type MessageState } from '../../domain/sending/message.ts';
import { visibleText, visibleTime } from '../visible-text.ts';

/** Addresses are shown in part unless they are asked for: lists end up in tickets and chats. */
export function shownAddress(
  email: string,
  { showAddresses }: { readonly showAddresses?: true | undefined },
): string {
  if (email === '') return '(erased)';
  if (showAddresses === true) return visibleText(email, { most: 254 });
  const [local = '', domain = ''] = email.split('@');
  return `${visibleText(local.slice(0, 1))}***@${visibleText(domain)}`;
}

/** @throws UsageError */
export function parseState(value: string | undefined): MessageState | undefined {
  if (value === undefined) return undefined;
  const state = MESSAGE_STATES.find((one) => one === value);
  if (state !== undefined) return state;
  throw new UsageError(
    `--state "${visibleText(value)}" is not known`,
    `One of ${MESSAGE_STATES.join(', ')}.`,
  );
}

/** What --json shows of a mail. */
export function messageJson(row: Message, options: { readonly showAddresses?: true | undefined }) {
  const { params: _variables, email, messageKey, ...rest } = row;
  return { ...rest, key: messageKey, email: shownAddress(email, options) };
}

const TIMES = [
  ['due', 'dueAt'],
  ['prepared', 'preparedAt'],
  ['first call', 'firstTriedAt'],
  ['last call', 'triedAt'],
  ['accepted', 'acceptedAt'],
  ['delivered', 'deliveredAt'],
  ['opened', 'openedAt'],
  ['clicked', 'clickedAt'],
  ['bounced', 'bouncedAt'],
  ['complained', 'complainedAt'],
  ['unsubscribed', 'unsubscribedAt'],
] as const;

/** One mail as a block of lines. */
export function describeMessage(
  row: Message,
  {
    engagements,
    ...options
  }: {
    readonly showAddresses?: true | undefined;
    readonly engagements: readonly {
      readonly event: string;
      readonly occurredAt: Date;
      readonly link: string | null;
    }[];
  },
): string {
  const lines: readonly (readonly [string, string])[] = [
    ['message', `${row.id}  ${row.uuid}`],
    ['key', row.messageKey],
    ['state', row.reason === null ? row.state : `${row.state} (${row.reason})`],
    ['to', `${shownAddress(row.email, options)}, contact ${row.contactId ?? '–'}`],
    ['template', `${row.template}, version ${row.templateVersion.slice(0, 16)}, scope ${row.scope}`],
    ['flow', row.journeyRunId === null ? row.kind : `${row.kind}, run ${row.journeyRunId}`],
    ['calls', String(row.attempts)],
    ['at Brevo', row.brevoMessageId === null ? '–' : visibleText(row.brevoMessageId, { most: 255 })],
    ...TIMES.flatMap(([word, column]) => {
      const at = row[column];
      return at === null ? [] : [[word, visibleTime(at)] as const];
    }),
  ];
  const told = engagements.map(
    ({ event, occurredAt, link }) =>
      `  ${visibleTime(occurredAt)}  ${event}${link === null ? '' : `  ${visibleText(link, { most: 120 })}`}`,
  );
  return [
    ...lines.map(([word, value]) => `${word.padEnd(14)}${value}`),
    ...(told.length === 0 ? [] : ['told by webhooks:', ...told]),
    ...(ADVICE[row.state] === undefined ? [] : ['', ADVICE[row.state] ?? '']),
  ].join('\n');
}

const ADVICE: Readonly<Partial<Record<MessageState, string>>> = {
  uncertain:
    'Look for the mail at Brevo (Transactional, Logs, by address). There: sluice messages resolve ID --as sent.\nNot there: sluice messages resolve ID --as resend.',
  rejected: 'Once the cause is repaired: sluice messages resend ID.',
};
