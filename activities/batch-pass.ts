import { Context } from '@temporalio/activity';
import { SluiceError } from '../domain/errors.ts';
import type { SendResult } from '../domain/sending/message.ts';

/** Mails that are worked on at the same time: enough to hide Brevo's answering time, few enough for the database. */
const AT_ONCE = 8;
/**
 * So much trouble without a success in between is an outage: to try all the others would leave each with an unknown
 * outcome. Less is the trouble of single mails, which stops no other.
 */
const AN_OUTAGE = 8;

/** One pass through the mails of a batch: a few at once, none begun too early, none after its end. */
export class BatchPass {
  readonly #until: number;
  readonly #gapMs: number;
  #nextAt = 0;
  #laterAt: Date | undefined;
  #trouble: unknown;
  #troublesInARow = 0;
  #mustStop = false;

  /** @param perSecond at most so many are begun; undefined: any number */
  constructor({ lastsMs, perSecond }: { readonly lastsMs: number; readonly perSecond: number | undefined }) {
    this.#until = Date.now() + lastsMs;
    this.#gapMs = perSecond === undefined ? 0 : 1000 / perSecond;
  }

  /** The earliest time to which a mail was put off. */
  get laterAt(): Date | undefined {
    return this.#laterAt;
  }

  isOver(): boolean {
    return this.#mustStop || Date.now() >= this.#until;
  }

  async work<T>(rows: readonly T[], send: (row: T) => Promise<SendResult>): Promise<void> {
    const waiting = rows[Symbol.iterator]();
    const lane = async (): Promise<void> => {
      // One iterator for all lanes: each row is taken by one of them.
      for (let next = waiting.next(); next.done !== true; next = waiting.next()) {
        await this.#turn();
        if (this.isOver()) return;
        await this.#one(next.value, send);
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, lane));
  }

  /** @throws the first trouble of the pass that concerns more than one mail, or that time may mend. */
  throwTrouble(): void {
    if (this.#trouble !== undefined) throw this.#trouble;
  }

  async #one<T>(row: T, send: (row: T) => Promise<SendResult>): Promise<void> {
    try {
      const result = await send(row);
      this.#troublesInARow = 0;
      if (result.status === 'later') this.#putOff(new Date(result.at));
    } catch (error) {
      if (error instanceof SluiceError && error.code === 'message_under_way') {
        // Somebody else sends it; should they die, it is free after this.
        this.#putOff(new Date(Date.now() + (error.retryAfterMs ?? 0)));
        return;
      }
      this.#trouble ??= error;
      this.#troublesInARow += 1;
      const canGoOn = error instanceof SluiceError && error.sort !== 'stop';
      if (!canGoOn || this.#troublesInARow >= AN_OUTAGE) this.#mustStop = true;
    }
  }

  #putOff(until: Date): void {
    if (this.#laterAt === undefined || until < this.#laterAt) this.#laterAt = until;
  }

  async #turn(): Promise<void> {
    const { cancellationSignal, sleep } = Context.current();
    cancellationSignal.throwIfAborted();
    const at = Math.max(Date.now(), this.#nextAt);
    this.#nextAt = at + this.#gapMs;
    if (at > Date.now()) await sleep(at - Date.now());
  }
}
