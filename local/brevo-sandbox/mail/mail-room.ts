import { randomInt, randomUUID } from 'node:crypto';
import type { SandboxClock } from '../clock.ts';
import type { ContactBook, Origin } from '../contacts/contact-book.ts';
import { canonicalEmail } from '../contacts/email-address.ts';
import type { Mail, Person } from '../state/records.ts';
import type { State } from '../state/state.ts';
import type { MessageEvents } from './message-events.ts';
import { renderTemplate } from './render-template.ts';

export interface DraftAttachment {
  /** Or its address. */
  readonly name: string;
  /** Null where Brevo would fetch it from its address. */
  readonly content: Buffer | null;
}

/** A mail before its variables are filled. */
export interface MailDraft {
  readonly from: Person;
  readonly to: readonly Person[];
  readonly cc: readonly Person[];
  readonly bcc: readonly Person[];
  readonly replyTo: Person | null;
  readonly subject: string;
  readonly html: string | null;
  readonly text: string | null;
  readonly templateId: number | null;
  readonly params: Readonly<Record<string, unknown>>;
  readonly tags: readonly string[];
  readonly headers: Readonly<Record<string, string>>;
  readonly attachments: readonly DraftAttachment[];
  readonly idempotencyKey: string | null;
  readonly scheduledAt: string | null;
  readonly batchId: string | null;
}

/** Brevo's form of a message id. */
export function newMessageId(at: string): string {
  return `<${at.replace(/\D/g, '').slice(0, 12)}.${randomInt(10_000_000_000, 100_000_000_000)}@smtp-relay.mailin.fr>`;
}

/** The outbox: every mail that was accepted, whether it is sent, waits for its hour, or was called off. */
export class MailRoom {
  readonly #state: State;
  readonly #clock: SandboxClock;
  readonly #book: ContactBook;
  readonly #events: MessageEvents;

  constructor(input: {
    readonly state: State;
    readonly clock: SandboxClock;
    readonly book: ContactBook;
    readonly events: MessageEvents;
  }) {
    this.#state = input.state;
    this.#clock = input.clock;
    this.#book = input.book;
    this.#events = input.events;
  }

  /** Sets the hour of every scheduled mail again after a start. */
  resume(): void {
    for (const mail of this.#state.mails.values()) {
      if (mail.state === 'scheduled') {
        this.#sendLater(mail);
      }
    }
  }

  accept(draft: MailDraft, origin: Origin): Mail {
    const first = draft.to[0]?.email;
    const contact = (first === undefined ? undefined : this.#book.byEmail(first))?.attributes ?? {};
    const fill = (text: string) => renderTemplate(text, { params: draft.params, contact });
    const mail: Mail = {
      ...draft,
      uuid: randomUUID(),
      messageId: newMessageId(origin.at),
      sequence: origin.sequence,
      acceptedAt: origin.at,
      state: 'scheduled',
      to: draft.to.map(canonicalPerson),
      cc: draft.cc.map(canonicalPerson),
      bcc: draft.bcc.map(canonicalPerson),
      subject: fill(draft.subject),
      html: draft.html === null ? null : fill(draft.html),
      text: draft.text === null ? null : fill(draft.text),
      attachments: draft.attachments.map(({ name }) => name),
      attachmentDigests: draft.attachments.map(({ content }) =>
        content === null ? null : this.#state.attachmentFiles.write(content),
      ),
    };
    this.#state.mails.put(mail.uuid, mail);
    if (mail.scheduledAt === null) {
      return this.#send(mail);
    }
    this.#sendLater(mail);
    return mail;
  }

  cancel(mail: Mail): void {
    this.#state.mails.put(mail.uuid, { ...mail, state: 'cancelled' });
  }

  #send(mail: Mail): Mail {
    const sent = this.#state.mails.put(mail.uuid, { ...mail, state: 'sent' });
    for (const { email } of [...mail.to, ...mail.cc, ...mail.bcc]) {
      this.#events.happen({ mail: sent, email, event: 'request' });
      const blocked = this.#state.blocked.get(email);
      if (
        blocked !== undefined &&
        (blocked.senderEmail === null || blocked.senderEmail === mail.from.email)
      ) {
        this.#events.happen({ mail: sent, email, event: 'blocked', reason: blocked.message });
      }
    }
    return sent;
  }

  #sendLater(mail: Mail): void {
    this.#clock.at(Date.parse(mail.scheduledAt ?? mail.acceptedAt), () => {
      const current = this.#state.mails.get(mail.uuid);
      if (current?.state === 'scheduled') {
        this.#send(current);
        this.#state.commit();
      }
    });
  }
}

function canonicalPerson(person: Person): Person {
  return { ...person, email: canonicalEmail(person.email) };
}
