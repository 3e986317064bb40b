import { type Acceptance, type AcceptanceHooks, acceptEvents, type NewEvent } from '../db/accept-events.ts';
import type { Database } from '../db/pool.ts';
import { gather } from './gather.ts';
import { ProblemError, problem } from './problem.ts';
import { createRate } from './rate.ts';

/** An event weighs 1, and 1 more for so many bytes: a transaction stays far below what a server takes in one packet. */
const BYTES_A_UNIT = 8 * 1024;
/** What one transaction takes. */
const MOST_TOGETHER = 500;
/** What may wait; beyond it senders are asked to come back. */
const MOST_WAITING = 4_000;
/** From so many events a second on, taking them in goes before everything else. */
const RUSH_PER_SECOND = 100;
/** A transaction that takes longer says that the database is overloaded. */
const SLOW_MS = 2_000;
/** After this a sender is told to try again, whatever becomes of the transaction. */
const PATIENCE_MS = 10_000;

export interface Intake {
  /**
   * Makes events durable. @returns one acceptance for each, in their order.
   * @throws ProblemError 429 when too much waits, 503 when it cannot be made durable; trying again is safe then.
   */
  accept(events: readonly NewEvent[]): Promise<readonly Acceptance[]>;
  /** Whether many have come just now. */
  isRush(): boolean;
  /** Events that wait. */
  depth(): number;
  /** Settles when everything that was taken is done. */
  idle(): Promise<void>;
}

export function createIntake({
  database,
  hooks,
  onBatch,
  onTrouble,
}: {
  readonly database: Database;
  readonly hooks: AcceptanceHooks;
  /** After each transaction. */
  readonly onBatch: (acceptances: readonly Acceptance[]) => void;
  readonly onTrouble: (error: unknown) => void;
}): Intake {
  const rate = createRate();
  const gathering = gather<readonly NewEvent[], readonly Acceptance[] | Error>({
    most: MOST_TOGETHER,
    weightOf: (events) => events.reduce((sum, { data }) => sum + 1 + data.length / BYTES_A_UNIT, 0),
    work: async (requests) => {
      try {
        return await together(requests);
      } catch (error) {
        if (requests.length === 1 || !isAboutContent(error)) throw error;
        // What one sender sent must not keep another's from being taken: each alone.
        return Promise.all(requests.map((events) => together([events]).then(([own = []]) => own, asError)));
      }
    },
  });

  async function together(requests: readonly (readonly NewEvent[])[]): Promise<(readonly Acceptance[])[]> {
    const acceptances = await acceptEvents(database, { incoming: requests.flat(), now: new Date(), hooks });
    onBatch(acceptances);
    let from = 0;
    return requests.map((events) => {
      const own = acceptances.slice(from, from + events.length);
      from += events.length;
      return own;
    });
  }

  return {
    async accept(events) {
      refuseOverload(gathering);
      rate.count(events.length);
      try {
        const outcome = await withPatience(gathering.add(events));
        if (outcome instanceof Error) throw outcome;
        return outcome;
      } catch (error) {
        if (error instanceof ProblemError) throw error;
        onTrouble(error);
        throw notDurable();
      }
    },
    isRush: () => rate.isAbove(RUSH_PER_SECOND),
    depth: () => gathering.depth(),
    idle: () => gathering.idle(),
  };
}

function refuseOverload({
  depth,
  busySince,
}: {
  readonly depth: () => number;
  readonly busySince: () => number | undefined;
}): void {
  const since = busySince();
  const isSlow = since !== undefined && performance.now() - since > SLOW_MS;
  if (depth() < MOST_WAITING && !isSlow) return;
  throw new ProblemError(
    problem({
      status: 429,
      code: isSlow ? 'database_slow' : 'too_many_events',
      detail: 'more is waiting than can be made durable at present; send it again later, with the same id',
    }),
    { retryAfter: isSlow ? 5 : 1 },
  );
}

/** The statement was understood and refused, as it would be again; not a lost line, a lock or a full disk. */
function isAboutContent(error: unknown): boolean {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  const { sqlState } = cause as { sqlState?: unknown };
  return typeof sqlState === 'string' && /^(22|23)/.test(sqlState);
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}

async function withPatience<T>(work: Promise<T>): Promise<T> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => late.reject(notDurable()), PATIENCE_MS);
  try {
    return await Promise.race([work, late.promise]);
  } finally {
    clearTimeout(timer);
    // It may still fail after we have stopped to listen.
    work.catch(() => undefined);
  }
}

function notDurable(): ProblemError {
  return new ProblemError(
    problem({
      status: 503,
      code: 'not_durable',
      detail: 'the event could not be written down; send it again, with the same id',
    }),
    { retryAfter: 2 },
  );
}
