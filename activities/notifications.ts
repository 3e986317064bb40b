import { loadPerson } from '../db/journey-people.ts';
import { noteNotificationAttempt, prepareNotification, settleNotification } from '../db/notifications.ts';
import type { Database } from '../db/pool.ts';
import { SluiceError } from '../domain/errors.ts';
import { segmentOfFacts } from '../domain/journeys/segment.ts';
import { type News, notificationBody } from '../domain/notification.ts';
import { callChannel } from './channel-call.ts';

export interface NotificationDeps {
  readonly database: Database;
  /** Webhooks by channel; one that is not here is noted and goes nowhere. */
  readonly channels: Readonly<Record<string, string | undefined>>;
  readonly now?: () => Date;
}

export interface NotifyRequest {
  /** The same key is told once. */
  readonly key: string;
  readonly channel: string;
  /** Whom it is about; who that is, is read when it goes out. */
  readonly contactId: number | undefined;
  /** One line without personal data. */
  readonly text: string;
}

export interface Notified {
  readonly status: 'sent' | 'failed';
  readonly reason: string | undefined;
}

const MARKS = ['red', 'orange', 'yellow', 'green', 'score'] as const;

export function createNotificationActivities({
  database,
  channels,
  now = () => new Date(),
}: NotificationDeps) {
  const db = database.orm;

  return {
    /**
     * Tells the people of a channel, once. The row is there before the call, so what is out is not told again. An
     * endpoint that is down is tried again; one that refuses for good ends it, with the status as the reason.
     * @throws SluiceError `channel_down`, to be tried again
     */
    async notifyChannel({ key, channel, contactId, text }: NotifyRequest): Promise<Notified> {
      const row = await prepareNotification(db, { key, channel, contactId, now: now() });
      if (row.state !== 'prepared') return { status: row.state, reason: row.reason ?? undefined };
      const url = channels[channel];
      const reason = url === undefined ? 'channel_off' : await post(url, row.id, { contactId, text });
      const state = reason === undefined ? 'sent' : 'failed';
      await settleNotification(db, { id: row.id, state, reason, at: now() });
      return { status: state, reason };
    },
  };

  /** @returns why it was refused for good; undefined: it was taken. */
  async function post(
    url: string,
    id: number,
    about: { readonly contactId: number | undefined; readonly text: string },
  ): Promise<string | undefined> {
    const body = notificationBody(url, await newsOf(about));
    await noteNotificationAttempt(db, id);
    const outcome = await callChannel({ url, body });
    if (outcome.kind === 'taken') return undefined;
    if (outcome.kind === 'refused') return outcome.reason;
    throw down(outcome.reason, outcome.kind === 'down' ? outcome.retryAfterMs : undefined);
  }

  async function newsOf({
    contactId,
    text,
  }: {
    readonly contactId: number | undefined;
    readonly text: string;
  }): Promise<News> {
    const person = contactId === undefined ? undefined : await loadPerson(db, contactId);
    if (person === undefined) return { text, details: [] };
    const { email, facts } = person;
    const known = MARKS.filter((mark) => typeof facts[mark] === 'number');
    return {
      text,
      details: [
        ...(typeof facts.first_name === 'string' ? [['Name', facts.first_name] as const] : []),
        ...(typeof facts.business_name === 'string' ? [['Business', facts.business_name] as const] : []),
        ['E-mail', email],
        ...(known.length > 0 ? [['Segment', segmentOfFacts(facts).segment] as const] : []),
        ...known.map((mark) => [mark, String(facts[mark])] as const),
      ],
    };
  }
}

export type NotificationActivities = ReturnType<typeof createNotificationActivities>;

function down(code: string, retryAfterMs: number | undefined): SluiceError {
  return new SluiceError(`the channel does not take news (${code})`, {
    code: 'channel_down',
    sort: 'retry',
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  });
}
