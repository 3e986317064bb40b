interface Alarm {
  readonly dueMs: number;
  readonly ring: () => void;
}

/** Node fires timers above this at once instead of late. */
const LONGEST_TIMER_MS = 2_147_483_647;

/**
 * The sandbox's own time: the machine's clock plus an offset that only grows. Everything with a deadline (idempotency
 * keys, rate windows, imports, scheduled mail, webhook retries) hangs on it, so that a test can let hours pass at once.
 */
export class SandboxClock {
  #offsetMs = 0;
  /** Sorted by due time, soonest first. */
  #alarms: Alarm[] = [];
  #timer: NodeJS.Timeout | undefined;

  /** Milliseconds since the epoch (UTC) in sandbox time. */
  nowMs(): number {
    return Date.now() + this.#offsetMs;
  }

  /** Sandbox time as ISO 8601 in UTC. */
  nowIso(): string {
    return new Date(this.nowMs()).toISOString();
  }

  /** How far the sandbox is ahead of the machine, in milliseconds. */
  get offsetMs(): number {
    return this.#offsetMs;
  }

  /** Moves the sandbox ahead and rings whatever became due, in order of due time. */
  advance(ms: number): void {
    this.#offsetMs += ms;
    this.#ringDue();
  }

  /** Calls `ring` once, when sandbox time reaches `dueMs` (epoch milliseconds); at the next tick when that is past. */
  at(dueMs: number, ring: () => void): void {
    let low = 0;
    let high = this.#alarms.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#alarms[middle]?.dueMs ?? 0) <= dueMs) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    this.#alarms.splice(low, 0, { dueMs, ring });
    this.#arm();
  }

  /** Forgets every alarm. */
  cancelAll(): void {
    this.#alarms = [];
    this.#arm();
  }

  #arm(): void {
    clearTimeout(this.#timer);
    const next = this.#alarms[0];
    if (next !== undefined) {
      const waitMs = Math.min(Math.max(next.dueMs - this.nowMs(), 0), LONGEST_TIMER_MS);
      this.#timer = setTimeout(() => this.#ringDue(), waitMs);
    }
  }

  #ringDue(): void {
    const now = this.nowMs();
    let due = this.#alarms[0];
    while (due !== undefined && due.dueMs <= now) {
      this.#alarms.shift();
      due.ring();
      due = this.#alarms[0];
    }
    this.#arm();
  }
}
