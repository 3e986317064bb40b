import { setTimeout as pause } from 'node:timers/promises';
import {
  claimEvents,
  markDispatched,
  releaseEvents,
  renewLease,
  type StoredEvent,
} from '../db/event-queue.ts';
import { type EventRun, noteRuns } from '../db/events.ts';
import { createBackoff } from './backoff.ts';
import { type DispatchDeps, dispatchEvent } from './dispatch-event.ts';
import { gather } from './gather.ts';
import { isPassing, type Trouble, troubleOf } from './trouble.ts';

/** How long others leave alone what we have taken; after a kill it takes so long until somebody else goes on. */
const LEASE_MS = 15_000;
const RENEW_MS = 5_000;
/** People whose events are under way at the same time; fewer in a rush, because taking events in goes first. */
const AT_ONCE = { usually: 8, inRush: 1 } as const;
/** People whose events are taken together; the others of them wait here for their turn. */
const TAKEN_TOGETHER = 64;
/** Events that others accepted, or that wait for their second try, are found by looking. */
const LOOK_MS = 500;
const MOST_FINISHED_TOGETHER = 500;

export interface DispatcherDeps extends DispatchDeps {
  readonly onDispatched: (done: { readonly event: StoredEvent; readonly runs: readonly EventRun[] }) => void;
  /** Whether so much comes in that dispatching should make room for it. */
  readonly isRush: () => boolean;
  readonly onTrouble: (trouble: {
    readonly kind: Trouble;
    readonly error: unknown;
    readonly delayMs: number;
  }) => void;
}

/** Brings accepted events to what they start, in the order of acceptance for each person. */
export interface Dispatcher {
  /** Begins to look for open events, now and again until `stop`. */
  start(): void;
  /** There is something new. */
  wake(): void;
  /** What stands in the way at present; undefined: nothing that we know of. */
  trouble(): Trouble | undefined;
  /** Takes nothing more and settles when what is under way has ended. */
  stop(): Promise<void>;
  /**
   * Dispatches what has been open for so long, and ends when nothing of it is left or something stands in the way.
   * @returns how many events went out, and what stood in the way
   */
  drain(options: {
    readonly acceptedBeforeMs: number;
    readonly signal: AbortSignal;
  }): Promise<{ readonly dispatched: number; readonly trouble: Trouble | undefined }>;
}

export function createDispatcher(deps: DispatcherDeps): Dispatcher {
  const { database } = deps;
  const backoff = createBackoff();
  const held = new Set<number>();
  const active = new Set<Promise<void>>();
  let ready: (readonly StoredEvent[])[] = [];
  let trouble: Trouble | undefined;
  let dispatched = 0;
  const stopping = new AbortController();
  let running: Promise<void> | undefined;
  let woken = Promise.withResolvers<void>();

  const finishing = gather<{ readonly event: StoredEvent; readonly runs: readonly EventRun[] }, void>({
    most: MOST_FINISHED_TOGETHER,
    weightOf: () => 1,
    async work(finished) {
      await database.orm.transaction(async (tx) => {
        const runs = finished.flatMap(({ event, runs: made }) =>
          made.map((run) => ({ ...run, id: event.id })),
        );
        await noteRuns(tx, { runs, now: new Date() });
        await markDispatched(
          tx,
          finished.map(({ event }) => event.id),
        );
      });
      return [];
    },
  });

  function places(): number {
    return deps.isRush() ? AT_ONCE.inRush : AT_ONCE.usually;
  }

  /** One person's events, one after the other; trouble gives the rest of them back. */
  async function workOff(sequence: readonly StoredEvent[]): Promise<void> {
    for (const [index, event] of sequence.entries()) {
      try {
        if (stopping.signal.aborted) return await giveBack(sequence.slice(index), 0);
        const runs = await dispatchEvent(event, deps);
        await finishing.add({ event, runs });
        held.delete(event.id);
        dispatched += 1;
        trouble = undefined;
        backoff.reset();
        deps.onDispatched({ event, runs });
      } catch (error) {
        const delayMs = hold(error);
        await giveBack(sequence.slice(index), delayMs);
        if (backoff.remaining() > 0) await giveBackReady(delayMs);
        return;
      }
    }
  }

  function hold(error: unknown): number {
    trouble = troubleOf(error);
    // What does not pass by waiting concerns this person alone: the others go on.
    const isKnown = backoff.remaining() > 0;
    const delayMs = isPassing(error) ? backoff.failed() : backoff.longest();
    // What fails beside it fails for the same reason.
    if (!isKnown) deps.onTrouble({ kind: trouble, error, delayMs });
    return delayMs;
  }

  async function giveBack(events: readonly StoredEvent[], delayMs: number): Promise<void> {
    const ids = events.map(({ id }) => id);
    for (const id of ids) held.delete(id);
    // Where this fails, too, the lease ends by itself.
    await releaseEvents(database.orm, { ids, delayMs }).catch(() => undefined);
  }

  /** Takes events when none wait here any more, and begins with as many as there is room for. */
  async function takeUp(acceptedBeforeMs: number): Promise<void> {
    if (ready.length === 0) {
      // After trouble one event goes ahead and shows whether it is over.
      const sequences = backoff.isOpen() ? TAKEN_TOGETHER : 1;
      ready = [...(await claimEvents(database, { sequences, leaseMs: LEASE_MS, acceptedBeforeMs }))];
      for (const { id } of ready.flat()) held.add(id);
    }
    while (active.size < places()) {
      const sequence = ready.shift();
      if (sequence === undefined) return;
      const work = workOff(sequence).finally(() => active.delete(work));
      active.add(work);
    }
  }

  /** What waits here cannot go out either. */
  async function giveBackReady(delayMs: number): Promise<void> {
    const rest = ready;
    ready = [];
    if (rest.length > 0) await giveBack(rest.flat(), delayMs);
  }

  /** Settles when there may be something to do: a place is free, somebody woke us, time for a look, trouble may be over. */
  async function rest(): Promise<void> {
    const wait = backoff.remaining();
    if (active.size >= places() || (active.size > 0 && wait > 0)) await Promise.race(active);
    else if (wait > 0) await Promise.race([pause(wait, undefined, { ref: false }), stopped.promise]);
    else if (ready.length === 0)
      await Promise.race([woken.promise, pause(LOOK_MS, undefined, { ref: false }), stopped.promise]);
  }

  const stopped = Promise.withResolvers<void>();

  async function run(): Promise<void> {
    while (!stopping.signal.aborted) {
      woken = Promise.withResolvers();
      try {
        if (backoff.remaining() === 0) await takeUp(0);
      } catch (error) {
        hold(error);
      }
      await rest();
    }
    await giveBackReady(0);
    await Promise.all(active);
  }

  async function renewing<T>(work: () => Promise<T>): Promise<T> {
    const timer = setInterval(() => {
      renewLease(database.orm, { ids: [...held], leaseMs: LEASE_MS }).catch(() => undefined);
    }, RENEW_MS);
    try {
      return await work();
    } finally {
      clearInterval(timer);
    }
  }

  return {
    start() {
      running ??= renewing(run);
    },
    wake: () => woken.resolve(),
    trouble: () => trouble,
    async stop() {
      stopping.abort();
      stopped.resolve();
      await running;
      await finishing.idle();
    },
    drain: ({ acceptedBeforeMs, signal }) =>
      renewing(async () => {
        const before = dispatched;
        for (;;) {
          if (!signal.aborted && backoff.remaining() === 0) await takeUp(acceptedBeforeMs);
          if (active.size === 0) break;
          await Promise.race(active);
        }
        await giveBackReady(0);
        return { dispatched: dispatched - before, trouble };
      }),
  };
}
