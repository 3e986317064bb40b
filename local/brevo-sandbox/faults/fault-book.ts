import type { SandboxClock } from '../clock.ts';
import type { State } from '../state/state.ts';
import { type Fault, type FaultRule, type FaultTarget, inScope, isDue } from './rules.ts';

/** The fault script: rules in the order in which they were added; the first one that is due is played. */
export class FaultBook {
  readonly #state: State;
  readonly #clock: SandboxClock;

  constructor(state: State, clock: SandboxClock) {
    this.#state = state;
    this.#clock = clock;
  }

  add(fault: Fault): FaultRule {
    const expiresAt =
      fault.forMs === undefined ? null : new Date(this.#clock.nowMs() + fault.forMs).toISOString();
    const rule: FaultRule = { id: this.#state.faults.nextId(), fault, matched: 0, played: 0, expiresAt };
    return this.#state.faults.put(rule.id, rule);
  }

  /** Counts the call with every rule in whose scope it is, and says which fault to play on it. */
  meet(target: FaultTarget): Fault | undefined {
    const now = this.#clock.nowIso();
    let due: Fault | undefined;
    for (const rule of this.#state.faults.values()) {
      if ((rule.expiresAt !== null && rule.expiresAt <= now) || !inScope(rule.fault, target)) {
        continue;
      }
      const matched = rule.matched + 1;
      const plays = due === undefined && isDue(rule.fault, matched);
      if (plays) {
        due = rule.fault;
      }
      this.#state.faults.put(rule.id, { ...rule, matched, played: rule.played + (plays ? 1 : 0) });
    }
    return due;
  }
}
