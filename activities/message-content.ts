import type { Mailbox, MailContent, OutgoingMail } from '../brevo/mail.ts';
import type { Message, MessageParams, Recipient } from '../db/messages.ts';
import { SluiceError } from '../domain/errors.ts';
import type { MailScope } from '../domain/sending/scopes.ts';
import { brevoParams, render } from '../mail/render.ts';
import type { Template } from '../mail/template.ts';

export interface MessageLinks {
  /** Where a POST stops this kind of mail to this person (mail/unsubscribe.ts). */
  unsubscribeUrl(link: {
    readonly messageUuid: string;
    readonly contactId: number;
    readonly scope: Exclude<MailScope, 'service'>;
  }): string;
}

/**
 * What the ledger keeps of a mail's variables: those that its template declares and no other, each from where the template
 * says.
 */
export function paramsOf({
  template,
  given,
  recipient,
}: {
  readonly template: Template;
  readonly given: Readonly<Record<string, unknown>>;
  readonly recipient: Recipient | undefined;
}): MessageParams {
  const known = recipient === undefined ? {} : knownOf(recipient);
  const pick = (from: 'contact' | 'params', source: Readonly<Record<string, unknown>>) =>
    Object.fromEntries(
      template.variables
        .filter((one) => one.from === from && Object.hasOwn(source, one.name))
        .map(({ name }) => [name, source[name]]),
    );
  return { given: pick('params', given), contact: pick('contact', known) };
}

function knownOf({ email, firstName, name, timezone, fields }: Recipient): Readonly<Record<string, unknown>> {
  const columns = { email, first_name: firstName, name, timezone };
  return { ...fields, ...Object.fromEntries(Object.entries(columns).filter(([, value]) => value !== null)) };
}

export function readParams(message: Pick<Message, 'params'>): MessageParams {
  const { given = {}, contact = {} } = JSON.parse(message.params) as Partial<MessageParams>;
  return { given, contact };
}

/**
 * The mail of a row: recipient and variables as they are written there, so that a second try says the same.
 * @throws SluiceError of sort `item`, `render_…`.
 */
export function mailOf(
  { message, template }: { readonly message: Message; readonly template: Template },
  deps: {
    readonly links: MessageLinks;
    readonly from: Mailbox;
    readonly replyTo: Mailbox | undefined;
    readonly postalAddress: string | undefined;
  },
): OutgoingMail {
  const { uuid, contactId } = message;
  const { scope } = template;
  if (contactId === null) {
    throw new SluiceError('the mail has no contact', { code: 'render_no_contact', sort: 'item' });
  }
  const unsubscribeUrl =
    scope === 'service' ? undefined : deps.links.unsubscribeUrl({ messageUuid: uuid, contactId, scope });
  const { given, contact } = readParams(message);
  const variables = {
    ...contact,
    ...given,
    unsubscribe_url: unsubscribeUrl,
    postal_address: deps.postalAddress,
  };
  return {
    uuid,
    to: { email: message.email },
    from: deps.from,
    ...(deps.replyTo === undefined ? {} : { replyTo: deps.replyTo }),
    content: contentOf(template, variables),
    ...(unsubscribeUrl === undefined ? {} : { unsubscribeUrl }),
  };
}

function contentOf(template: Template, variables: Readonly<Record<string, unknown>>): MailContent {
  if (template.source === 'brevo') {
    const { templateId, params } = brevoParams(template, variables);
    return { kind: 'template', id: templateId, params };
  }
  const { subject, html, text } = render(template, variables);
  return { kind: 'made', subject, html, text };
}
