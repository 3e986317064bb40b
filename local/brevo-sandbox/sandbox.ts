import { SandboxClock } from './clock.ts';
import { ContactBook } from './contacts/contact-book.ts';
import { ImportRunner } from './contacts/import-runner.ts';
import { FaultBook } from './faults/fault-book.ts';
import { SandboxKeys } from './keys.ts';
import { type LimitProfile, RateLimits } from './limits.ts';
import { ContactEvents } from './mail/contact-events.ts';
import { Idempotency } from './mail/idempotency.ts';
import { MailRoom } from './mail/mail-room.ts';
import { MessageEvents } from './mail/message-events.ts';
import { WebhookSender } from './mail/webhook-sender.ts';
import { State } from './state/state.ts';

/** The parts of one sandbox, put together. */
export interface Sandbox {
  readonly state: State;
  readonly clock: SandboxClock;
  readonly keys: SandboxKeys;
  readonly limits: RateLimits;
  readonly faults: FaultBook;
  readonly book: ContactBook;
  readonly imports: ImportRunner;
  readonly webhooks: WebhookSender;
  readonly messageEvents: MessageEvents;
  readonly contactEvents: ContactEvents;
  readonly mailRoom: MailRoom;
  readonly idempotency: Idempotency;
  /** Where the sandbox listens, like `http://127.0.0.1:8025`; known once it does. */
  readonly url: () => string;
}

/**
 * Opens the state in a directory and goes on with what a stopped sandbox left unfinished.
 * Limits and import delay that are given here win over those that were kept.
 */
export async function openSandbox(input: {
  readonly directory: string;
  readonly apiKeys: readonly string[];
  readonly limits: LimitProfile | undefined;
  readonly importDelayMs: number | undefined;
  readonly url: () => string;
}): Promise<Sandbox> {
  const keys = new SandboxKeys(input.apiKeys);
  const state = await State.open(input.directory);
  const clock = new SandboxClock();
  clock.advance(state.settings.clockOffsetMs);
  if (input.limits !== undefined) {
    state.changeSettings({ limits: { profile: input.limits, overrides: {} } });
  }
  if (input.importDelayMs !== undefined) {
    state.changeSettings({ importDelayMs: input.importDelayMs });
  }
  state.commit();

  const limits = new RateLimits(clock);
  limits.use(state.settings.limits);
  const webhooks = new WebhookSender({ state, clock });
  const contactEvents = new ContactEvents({ clock, webhooks });
  const messageEvents = new MessageEvents({ state, clock, webhooks });
  const book = new ContactBook(state, (change, contact) => contactEvents.changed(change, contact));
  const mailRoom = new MailRoom({ state, clock, book, events: messageEvents });
  const imports = new ImportRunner({
    state,
    clock,
    book,
    finished: ({ id, status, notifyUrl }) => {
      if (notifyUrl !== null) {
        webhooks.notify(notifyUrl, { process_id: id, process_name: 'IMPORTUSER', status });
      }
    },
  });
  webhooks.resume();
  mailRoom.resume();
  imports.resume();
  return {
    state,
    clock,
    keys,
    limits,
    faults: new FaultBook(state, clock),
    book,
    imports,
    webhooks,
    messageEvents,
    contactEvents,
    mailRoom,
    idempotency: new Idempotency({ state, clock }),
    url: input.url,
  };
}

/** Stops all that goes on by itself and closes the state; what was unfinished goes on at the next start. */
export async function closeSandbox({ state, clock, imports, webhooks }: Sandbox): Promise<void> {
  clock.cancelAll();
  await Promise.all([imports.stop(), webhooks.stop()]);
  clock.cancelAll();
  state.close();
}

/** Forgets everything but keys and limits. */
export async function resetSandbox({ state, clock, imports, limits }: Sandbox): Promise<void> {
  clock.cancelAll();
  await imports.stop();
  clock.cancelAll();
  state.reset();
  limits.use(state.settings.limits);
}
