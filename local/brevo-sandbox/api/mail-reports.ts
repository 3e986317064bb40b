import { canonicalEmail } from '../contacts/email-address.ts';
import { missingParameter, notFound } from '../http/answers.ts';
import { type Operation, operation } from '../http/operation.ts';
import type { Sandbox } from '../sandbox.ts';
import * as schema from '../schemas/mail.ts';
import type { Mail } from '../state/records.ts';
import { brevoTime } from './contact-views.ts';

/** What was sent and what became of it: `/smtp/emails`, `/smtp/statistics/events`, `/smtp/blockedContacts`. */
export function mailReportOperations({ state, clock }: Sandbox): readonly Operation[] {
  return [
    operation({
      method: 'GET',
      route: '/smtp/emails',
      query: schema.listMails,
      run: ({ query }) => {
        if (query.email === undefined && query.templateId === undefined && query.messageId === undefined) {
          throw missingParameter('One of email, templateId or messageId is required');
        }
        const email = query.email === undefined ? undefined : canonicalEmail(query.email);
        const rows = [...state.mails.values()]
          .filter((mail) => mail.state === 'sent')
          .filter((mail) => query.templateId === undefined || mail.templateId === query.templateId)
          .filter((mail) => query.messageId === undefined || mail.messageId === query.messageId)
          .flatMap((mail) => recipients(mail).map((recipient) => ({ mail, recipient })))
          .filter(({ recipient }) => email === undefined || recipient === email);
        const sorted = query.sort === 'asc' ? rows : rows.toReversed();
        const page = sorted.slice(query.offset, query.offset + query.limit);
        return { status: 200, body: { count: rows.length, transactionalEmails: page.map(mailView) } };
      },
    }),

    operation({
      method: 'GET',
      route: '/smtp/emails/{uuid}',
      run: ({ params }) => {
        const mail = state.mails.get(params['uuid'] ?? '');
        if (mail === undefined) {
          throw notFound('Email not found');
        }
        const events = state.eventsByMessage
          .get(mail.messageId)
          .map(({ event, at }) => ({ name: event, time: at }));
        return {
          status: 200,
          body: {
            ...mailView({ mail, recipient: mail.to[0]?.email ?? '' }),
            body: mail.html ?? mail.text ?? '',
            attachmentCount: mail.attachments.length,
            events,
          },
        };
      },
    }),

    operation({
      method: 'GET',
      route: '/smtp/statistics/events',
      query: schema.mailStatistics,
      run: ({ query }) => {
        const tags = tagsOf(query.tags);
        const email = query.email === undefined ? undefined : canonicalEmail(query.email);
        const since = clock.nowMs() - (query.days ?? 90) * 24 * 3_600_000;
        const wanted =
          query.event === 'bounces'
            ? ['hardBounces', 'softBounces']
            : query.event === undefined
              ? null
              : [query.event];
        const events = state.mailEvents
          .entries()
          .filter((event) => Date.parse(event.at) >= since)
          .filter((event) => query.messageId === undefined || event.messageId === query.messageId)
          .filter((event) => email === undefined || event.email === email)
          .filter((event) => wanted?.includes(event.event) !== false)
          .map((event) => ({ event, mail: state.mailByMessageId(event.messageId) }))
          .filter(({ mail }) => tags === null || mail?.tags.some((tag) => tags.includes(tag)) === true)
          .filter(({ mail }) => query.templateId === undefined || mail?.templateId === query.templateId)
          .map(({ event, mail }) => ({
            email: event.email,
            date: brevoTime(event.at),
            subject: mail?.subject,
            messageId: event.messageId,
            event: event.event,
            ...(event.reason === null ? {} : { reason: event.reason }),
            ...(event.link === null ? {} : { link: event.link }),
            tag: mail?.tags[0] ?? '',
            from: mail?.from.email,
            ...(mail === undefined || mail.templateId === null ? {} : { templateId: mail.templateId }),
          }));
        const sorted = query.sort === 'asc' ? events : events.toReversed();
        return { status: 200, body: { events: sorted.slice(query.offset, query.offset + query.limit) } };
      },
    }),

    operation({
      method: 'GET',
      route: '/smtp/blockedContacts',
      query: schema.pageOfBlocked,
      run: ({ query }) => {
        const all = [...state.blocked.values()];
        const contacts = all.slice(query.offset, query.offset + query.limit).map((blocked) => ({
          email: blocked.email,
          senderEmail: blocked.senderEmail ?? '',
          blockedAt: brevoTime(blocked.blockedAt),
          reason: { code: blocked.code, message: blocked.message },
        }));
        return { status: 200, body: { count: all.length, contacts } };
      },
    }),

    operation({
      method: 'DELETE',
      route: '/smtp/blockedContacts/{email}',
      run: ({ params }) => {
        const email = canonicalEmail(params['email'] ?? '');
        if (!state.blocked.has(email)) {
          throw notFound('Contact is not blocked');
        }
        state.blocked.delete(email);
        return { status: 204, effect: 'deleted' };
      },
    }),
  ];
}

function recipients(mail: Mail): readonly string[] {
  return [...mail.to, ...mail.cc, ...mail.bcc].map(({ email }) => email);
}

function mailView({ mail, recipient }: { readonly mail: Mail; readonly recipient: string }) {
  return {
    email: recipient,
    subject: mail.subject,
    ...(mail.templateId === null ? {} : { templateId: mail.templateId }),
    messageId: mail.messageId,
    uuid: mail.uuid,
    date: brevoTime(mail.acceptedAt),
    from: mail.from.email,
    tags: mail.tags,
  };
}

/** `tags` comes as a JSON array; a plain text counts as one tag. */
function tagsOf(text: string | undefined): readonly string[] | null {
  if (text === undefined) {
    return null;
  }
  if (!text.startsWith('[')) {
    return [text];
  }
  try {
    const parsed: unknown = JSON.parse(text);
    return Array.isArray(parsed) ? parsed.map(String) : [text];
  } catch {
    return [text];
  }
}
