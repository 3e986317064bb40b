import type { SandboxClock } from '../clock.ts';
import { Refusal } from '../http/answers.ts';
import type { State } from '../state/state.ts';

/**
 * The keys of `POST /smtp/email`. Brevo answers a key that it has seen within its TTL with an error and does nothing.
 * The name is `idempotencyKey`; `Idempotency-Key` is another header and stops nothing.
 */
export class Idempotency {
  readonly #state: State;
  readonly #clock: SandboxClock;

  constructor(input: { readonly state: State; readonly clock: SandboxClock }) {
    this.#state = input.state;
    this.#clock = input.clock;
  }

  /** The key that a call carries where the settings say that it counts. */
  keyOf(call: {
    readonly headers: Readonly<Record<string, unknown>>;
    readonly body: unknown;
  }): string | null {
    const placement = this.#state.settings.idempotencyPlacement;
    const inHttp = call.headers['idempotencykey'];
    const key =
      (placement !== 'http' && placement !== 'none' ? bodyKey(call.body) : undefined) ??
      (placement === 'http' || placement === 'both' ? inHttp : undefined);
    return typeof key === 'string' && key !== '' ? key : null;
  }

  /** @throws Refusal 400 `duplicate_parameter` when the key was used within its TTL. */
  requireUnused(key: string | null): void {
    const used = key === null ? undefined : this.#state.idempotencyKeys.get(key);
    const ttlMs = this.#state.settings.idempotencyTtlMinutes * 60_000;
    if (used !== undefined && this.#clock.nowMs() < Date.parse(used.usedAt) + ttlMs) {
      throw new Refusal(400, {
        code: 'duplicate_parameter',
        message: 'The idempotencyKey was used already by another request',
      });
    }
  }

  spend(key: string | null, sequence: number): void {
    if (key !== null) {
      this.#state.idempotencyKeys.put(key, { key, usedAt: this.#clock.nowIso(), sequence });
    }
  }
}

function bodyKey(body: unknown): unknown {
  const headers = isRecord(body) ? body['headers'] : undefined;
  return isRecord(headers) ? headers['idempotencyKey'] : undefined;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}
