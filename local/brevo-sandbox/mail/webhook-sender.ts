import { setTimeout as wait } from 'node:timers/promises';
import type { SandboxClock } from '../clock.ts';
import { isLoopbackUrl } from '../loopback.ts';
import type { Delivery, Webhook, WebhookType } from '../state/records.ts';
import type { State } from '../state/state.ts';

/** Brevo tries again after 10 min, 1 h, 2 h and 8 h: five deliveries in all. */
const RETRY_AFTER_MS = [600_000, 3_600_000, 7_200_000, 28_800_000] as const;
const ANSWER_WITHIN_MS = 10_000;
const BATCH_WINDOW_MS = 300_000;
const MOST_EVENTS_A_BATCH = 500;

export interface WebhookPost {
  readonly webhook: Webhook;
  readonly body: unknown;
}

/**
 * Posts events to registered URLs: with their auth and headers, singly or batched, again after silence or 429 and never
 * after any other refusal, as Brevo does. Only to this machine.
 */
export class WebhookSender {
  readonly #state: State;
  readonly #clock: SandboxClock;
  /** One line of posts a receiver, so that they arrive in the order in which they were queued. */
  readonly #lines = new Map<string, Promise<void>>();
  readonly #stopped = new AbortController();

  constructor(input: { readonly state: State; readonly clock: SandboxClock }) {
    this.#state = input.state;
    this.#clock = input.clock;
  }

  /** Goes on with deliveries and batches that a stopped sandbox left open. */
  resume(): void {
    for (const delivery of this.#state.deliveries.values()) {
      if (delivery.state === 'pending') {
        this.#attemptAt(delivery);
      }
    }
    for (const batch of this.#state.webhookBatches.values()) {
      this.#closeAt(batch.webhookId, batch.closesAt);
    }
  }

  async stop(): Promise<void> {
    this.#stopped.abort();
    await Promise.all(this.#lines.values());
  }

  subscribers(input: { readonly type: WebhookType; readonly names: readonly string[] }): readonly Webhook[] {
    return [...this.#state.webhooks.values()].filter(
      (webhook) => webhook.type === input.type && webhook.events.some((event) => input.names.includes(event)),
    );
  }

  /** Queues posts in this order. Events of a batched webhook wait in its batch and make no delivery yet. */
  post(posts: readonly WebhookPost[]): readonly Delivery[] {
    return posts.flatMap(({ webhook, body }) => {
      if (webhook.batched) {
        this.#addToBatch(webhook, body);
        return [];
      }
      return [this.#queue({ webhookId: webhook.id, url: webhook.url, body })];
    });
  }

  /** Posts to an address that an import named, once and with the same retries. */
  notify(url: string, body: unknown): Delivery {
    return this.#queue({ webhookId: null, url, body });
  }

  /** Closes every open batch at once. */
  flush(): void {
    for (const { webhookId } of this.#state.webhookBatches.values()) {
      this.#closeBatch(webhookId);
    }
  }

  /** Resolves when these deliveries have had their first attempt, or after some seconds. */
  async firstAttempts(deliveries: readonly Delivery[]): Promise<readonly Delivery[]> {
    await Promise.race([
      Promise.all(deliveries.map(({ url }) => this.#lines.get(url) ?? Promise.resolve())),
      wait(ANSWER_WITHIN_MS, undefined, { ref: false }),
    ]);
    return deliveries.map((delivery) => this.#state.deliveries.get(delivery.id) ?? delivery);
  }

  #queue(post: {
    readonly webhookId: number | null;
    readonly url: string;
    readonly body: unknown;
  }): Delivery {
    const delivery: Delivery = {
      id: this.#state.deliveries.nextId(),
      ...post,
      state: 'pending',
      attempts: [],
      nextAt: this.#clock.nowIso(),
    };
    this.#state.deliveries.put(delivery.id, delivery);
    this.#enqueue(delivery);
    return delivery;
  }

  #attemptAt(delivery: Delivery): void {
    this.#clock.at(Date.parse(delivery.nextAt ?? this.#clock.nowIso()), () => this.#enqueue(delivery));
  }

  #enqueue({ id, url }: Delivery): void {
    const line = this.#lines.get(url) ?? Promise.resolve();
    this.#lines.set(
      url,
      line.then(() => this.#attempt(id)),
    );
  }

  async #attempt(id: number): Promise<void> {
    const delivery = this.#state.deliveries.get(id);
    if (delivery === undefined || delivery.state !== 'pending' || this.#stopped.signal.aborted) {
      return;
    }
    const at = this.#clock.nowIso();
    const outcome = await this.#send(delivery);
    const current = this.#state.deliveries.get(id);
    if (current === undefined || this.#stopped.signal.aborted) {
      return;
    }
    const attempts = [...current.attempts, { at, ...outcome }];
    const retryMs = outcome.retryable ? RETRY_AFTER_MS[attempts.length - 1] : undefined;
    const delivered = outcome.status !== null && outcome.status >= 200 && outcome.status < 300;
    const next: Delivery = {
      ...current,
      attempts: attempts.map(({ at, status, note }) => ({ at, status, note })),
      state: delivered ? 'delivered' : retryMs === undefined ? 'discarded' : 'pending',
      nextAt: retryMs === undefined ? null : new Date(this.#clock.nowMs() + retryMs).toISOString(),
    };
    this.#state.deliveries.put(id, next);
    this.#state.commit();
    if (next.state === 'pending') {
      this.#attemptAt(next);
    }
  }

  async #send({ url, webhookId, body }: Delivery) {
    if (!isLoopbackUrl(url)) {
      return { status: null, note: 'the sandbox posts to loopback addresses only', retryable: false };
    }
    const webhook = webhookId === null ? undefined : this.#state.webhooks.get(webhookId);
    const target = new URL(url);
    const { username, password } = target;
    target.username = '';
    target.password = '';
    const signal = AbortSignal.any([this.#stopped.signal, AbortSignal.timeout(ANSWER_WITHIN_MS)]);
    try {
      const response = await fetch(target, {
        method: 'POST',
        redirect: 'manual',
        signal,
        headers: {
          'content-type': 'application/json',
          'user-agent': 'Brevo sandbox webhook',
          ...(username === ''
            ? {}
            : {
                authorization: `Basic ${btoa(`${decodeURIComponent(username)}:${decodeURIComponent(password)}`)}`,
              }),
          ...(webhook === undefined || webhook.auth === null
            ? {}
            : { authorization: `Bearer ${webhook.auth.token}` }),
          ...Object.fromEntries(webhook?.headers.map(({ key, value }) => [key, value]) ?? []),
        },
        body: JSON.stringify(body),
      });
      await response.body?.cancel();
      return { status: response.status, note: null, retryable: response.status === 429 };
    } catch {
      return { status: null, note: 'no answer', retryable: true };
    }
  }

  #addToBatch(webhook: Webhook, event: unknown): void {
    const open = this.#state.webhookBatches.get(webhook.id);
    const closesAt = open?.closesAt ?? new Date(this.#clock.nowMs() + BATCH_WINDOW_MS).toISOString();
    const events = [...(open?.events ?? []), event];
    this.#state.webhookBatches.put(webhook.id, { webhookId: webhook.id, closesAt, events });
    if (events.length >= MOST_EVENTS_A_BATCH) {
      this.#closeBatch(webhook.id);
    } else if (open === undefined) {
      this.#closeAt(webhook.id, closesAt);
    }
  }

  #closeAt(webhookId: number, closesAt: string): void {
    this.#clock.at(Date.parse(closesAt), () => {
      // A batch that filled up early has closed already; the one open now has an hour of its own.
      if (this.#state.webhookBatches.get(webhookId)?.closesAt === closesAt) {
        this.#closeBatch(webhookId);
      }
    });
  }

  #closeBatch(webhookId: number): void {
    const batch = this.#state.webhookBatches.get(webhookId);
    const webhook = this.#state.webhooks.get(webhookId);
    this.#state.webhookBatches.delete(webhookId);
    if (batch !== undefined && webhook !== undefined) {
      const body =
        this.#state.settings.webhookBatchShape === 'array' ? batch.events : { events: batch.events };
      this.#queue({ webhookId, url: webhook.url, body });
    }
    this.#state.commit();
  }
}
