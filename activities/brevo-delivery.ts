import { setTimeout as wait } from 'node:timers/promises';
import { Context } from '@temporalio/activity';
import type { BrevoClient } from '../brevo/client.ts';
import { contactsInList, importContacts, isApplied, listExists, upsertContact } from '../brevo/contacts.ts';
import { LIST_MISSING } from '../brevo/errors.ts';
import { importOutcome, namedInReport } from '../brevo/processes.ts';
import {
  changesByState,
  changesOfImport,
  loadChanges,
  noteAttempt,
  type QueuedChange,
  readyChanges,
  requeue,
  settle,
  unsettledUpserts,
} from '../db/brevo-changes.ts';
import {
  type BrevoImport,
  countAcceptedByImport,
  loadImport,
  noteImport,
  openImports,
  prepareImport,
} from '../db/brevo-imports.ts';
import { chunks } from '../db/chunks.ts';
import type { Database } from '../db/pool.ts';
import { CALLS_PER_ACTIVITY, chooseRoutes } from '../domain/brevo-changes.ts';
import { SluiceError } from '../domain/errors.ts';
import { FUNNEL_TYPES, type FunnelType } from '../domain/funnels.ts';

export interface BrevoDeliveryDeps {
  readonly database: Database;
  readonly brevo: BrevoClient;
  /** Brevo list of each funnel; 0 = off. */
  readonly lists: Readonly<Record<FunnelType, number>>;
  /** Calls a second that the account allows in the long run. */
  readonly callsPerSecond: number;
  readonly importMaxContacts: number;
}

export interface DeliveryPlan {
  /** Ids of imports to send or to follow up. */
  readonly imports: readonly number[];
  /** Ids of changes, each group for one activity. */
  readonly upserts: readonly (readonly number[])[];
}

export interface DeliveryCounts {
  readonly accepted: number;
  readonly rejected: number;
}

/** Changes handed out at a time: keeps a round, and what is in the history, small. */
const UPSERTS_PER_ROUND = 500;
/** After a call for an import whose answer got lost: how long Brevo may still be working on it. */
const IMPORT_MAY_RUN_MS = 15_000;
/** Clocks of Brevo and ours may differ by this much. */
const CLOCK_SKEW_MS = 120_000;

export function createBrevoDeliveryActivities(deps: BrevoDeliveryDeps) {
  const { database, brevo, lists } = deps;
  const db = database.orm;

  return {
    /** Chooses what goes out next: one change a contact, in bulk where that is cheaper. Writes imports down first. */
    async planDelivery(): Promise<DeliveryPlan> {
      for (const one of await openImports(db)) {
        if (one.state === 'prepared' && one.listId !== lists[one.funnelType]) await dissolve(one, {});
      }
      const unsettled = await unsettledUpserts(db);
      const heads = await readyChanges(db, {
        funnelsOff: FUNNEL_TYPES.filter((funnel) => lists[funnel] === 0),
      });
      const { imports, single } = chooseRoutes(heads, {
        contactsPerSecond: deps.callsPerSecond,
        importMaxContacts: deps.importMaxContacts,
      });
      for (const { funnel, changes } of imports) {
        const changeIds = changes.map(({ id }) => id);
        await db.transaction((tx) => prepareImport(tx, { funnel, changeIds, listId: lists[funnel] }));
      }
      const upserts = [...unsettled, ...single.map(({ id }) => id)].slice(0, UPSERTS_PER_ROUND);
      return {
        imports: (await openImports(db)).map(({ id }) => id),
        upserts: chunks(upserts, CALLS_PER_ACTIVITY),
      };
    },

    /** Brings single changes to Brevo, one call each, no faster than the account's rate. */
    async deliverChanges({ ids }: { readonly ids: readonly number[] }): Promise<DeliveryCounts> {
      const gapMs = 1000 / deps.callsPerSecond;
      const missingLists = createListCheck();
      for (const change of await loadChanges(db, ids)) {
        if (change.importId !== null || (change.state !== 'pending' && change.state !== 'sending')) continue;
        const started = Date.now();
        await deliver(change, missingLists);
        const left = gapMs - (Date.now() - started);
        if (left >= 1) await wait(left, undefined, { signal: Context.current().cancellationSignal });
      }
      return countSettled(await loadChanges(db, ids));
    },

    /** Sends an import, once; after a lost answer it looks what Brevo made of it instead of sending it again. */
    async submitImport({ importId }: { readonly importId: number }): Promise<void> {
      const one = await loadImport(db, importId);
      if (one === undefined || one.state === 'processing' || one.state === 'settled') return;
      if (one.state === 'sending') {
        refuseWhileRunning(one);
        return settleByLooking(one);
      }
      const changes = await changesOfImport(db, importId);
      await noteImport(db, { id: importId, state: 'sending', attemptedAt: new Date() });
      try {
        const emails = changes.map(({ email }) => email);
        const processId = await importContacts(
          brevo,
          { listId: one.listId, funnel: one.funnelType, emails },
          { signal: Context.current().cancellationSignal },
        );
        await noteImport(db, { id: importId, state: 'processing', processId });
      } catch (error) {
        if (!(error instanceof SluiceError)) throw error;
        if (error.sort === 'retry' || error.sort === 'stop')
          await noteImport(db, { id: importId, state: 'prepared' });
        if (error.sort !== 'item') throw error;
        // Brevo refused the import as a whole: the contacts go one by one and get their own answers.
        if (!(await listExists(brevo, one.listId))) {
          await noteImport(db, { id: importId, state: 'prepared' });
          throw listMissing(one.listId);
        }
        await dissolve(one, { route: 'upsert', code: error.code });
      }
    },

    /** Asks what became of an import and notes it; contacts that Brevo did not take in go one by one. */
    async followImport({ importId }: { readonly importId: number }): Promise<{
      readonly settled: boolean;
      readonly accepted: number;
    }> {
      const one = await loadImport(db, importId);
      if (one === undefined || one.state === 'prepared' || one.state === 'sending')
        return { settled: false, accepted: 0 };
      if (one.state === 'processing' && one.processId !== null) {
        const outcome = await outcomeOf(one.processId);
        if (outcome.kind === 'running') return { settled: false, accepted: 0 };
        if (outcome.kind === 'failed') await settleByLooking(one);
        else await settleCompleted(one, outcome.reports);
      }
      return { settled: true, accepted: await countAcceptedByImport(db, importId) };
    },

    /** What is still to be brought to Brevo, over all runs. */
    async deliveryBacklog(): Promise<{ readonly pending: number }> {
      const { pending, sending } = await changesByState(db);
      return { pending: pending + sending };
    },
  };

  async function deliver(change: QueuedChange, missingLists: ListCheck): Promise<void> {
    const listId = lists[change.funnel];
    const options = { signal: Context.current().cancellationSignal };
    const target = { change, listId };
    if (change.state === 'sending' && (await isApplied(brevo, target, options))) {
      return settleOne(change, { state: 'accepted' });
    }
    if (change.kind === 'entry' && listId === 0) return requeue(db, { ids: [change.id] });
    await noteAttempt(db, change.id);
    const noted: QueuedChange = { ...change, state: 'sending' };
    try {
      await upsertContact(brevo, target, options);
    } catch (error) {
      if (!(error instanceof SluiceError)) throw error;
      if (error.sort === 'retry' || error.sort === 'stop')
        await requeue(db, { ids: [change.id], code: error.code });
      if (error.sort !== 'item') throw error;
      if (change.kind === 'entry' && (await missingLists(listId))) {
        await requeue(db, { ids: [change.id], code: LIST_MISSING });
        throw listMissing(listId);
      }
      return settleOne(noted, { state: 'rejected', code: error.code });
    }
    return settleOne(noted, { state: 'accepted' });
  }

  function settleOne(change: QueuedChange, outcome: Parameters<typeof settle>[1]['outcome']): Promise<void> {
    return db.transaction((tx) => settle(tx, { changes: [change], outcome }));
  }

  type ListCheck = (listId: number) => Promise<boolean>;

  /** A refusal may be about the list and not about the contact; asked once for each list. */
  function createListCheck(): ListCheck {
    const answers = new Map<number, Promise<boolean>>();
    return (listId) => {
      const answer = answers.get(listId) ?? listExists(brevo, listId).then((exists) => !exists);
      answers.set(listId, answer);
      return answer;
    };
  }

  async function outcomeOf(processId: number) {
    try {
      return await importOutcome(brevo, processId, { signal: Context.current().cancellationSignal });
    } catch (error) {
      // A process that Brevo no longer knows has ended one way or the other.
      if (error instanceof SluiceError && error.status === 404) return { kind: 'failed' } as const;
      throw error;
    }
  }

  async function settleCompleted(one: BrevoImport, reports: readonly string[]): Promise<void> {
    const changes = await changesOfImport(db, one.id);
    const ours = new Set(changes.map(({ email }) => email));
    const named = new Set<string>();
    for (const report of reports) {
      const found = await namedInReport(report, ours);
      if (found === undefined) return settleByLooking(one);
      for (const email of found) named.add(email);
    }
    await settleImport(one, { changes, isIn: (email) => !named.has(email) });
  }

  /** Reads the list itself: who is in it with our funnel was taken in, the others go one by one. */
  async function settleByLooking(one: BrevoImport): Promise<void> {
    const attemptedAt = one.attemptedAt?.getTime() ?? 0;
    const changes = await changesOfImport(db, one.id);
    const found = await contactsInList(
      brevo,
      { listId: one.listId, funnel: one.funnelType, since: new Date(attemptedAt - CLOCK_SKEW_MS) },
      { signal: Context.current().cancellationSignal },
    );
    await settleImport(one, { changes, isIn: (email) => found.has(email) });
  }

  async function settleImport(
    one: BrevoImport,
    {
      changes,
      isIn,
    }: { readonly changes: readonly QueuedChange[]; readonly isIn: (email: string) => boolean },
  ): Promise<void> {
    const taken = changes.filter(({ email }) => isIn(email));
    const left = changes.filter(({ email }) => !isIn(email));
    // After an import that never reached Brevo the next one is in bulk again; after a partial one each is asked singly.
    const route = taken.length === 0 && one.state === 'sending' ? {} : { route: 'upsert' as const };
    await db.transaction(async (tx) => {
      await settle(tx, { changes: taken, outcome: { state: 'accepted' } });
      await requeue(tx, { ids: left.map(({ id }) => id), ...route });
      await noteImport(tx, { id: one.id, state: 'settled' });
    });
  }

  async function dissolve(
    one: BrevoImport,
    how: { readonly route?: 'upsert'; readonly code?: string },
  ): Promise<void> {
    const ids = (await changesOfImport(db, one.id)).map(({ id }) => id);
    await db.transaction(async (tx) => {
      await requeue(tx, { ids, ...how });
      await noteImport(tx, { id: one.id, state: 'settled' });
    });
  }
}

export type BrevoDeliveryActivities = ReturnType<typeof createBrevoDeliveryActivities>;

function countSettled(changes: readonly QueuedChange[]): DeliveryCounts {
  const of = (state: QueuedChange['state']) => changes.filter((change) => change.state === state).length;
  return { accepted: of('accepted'), rejected: of('rejected') };
}

/** Looking is only an answer once Brevo has certainly finished. */
function refuseWhileRunning({ attemptedAt }: BrevoImport): void {
  const left = (attemptedAt?.getTime() ?? 0) + IMPORT_MAY_RUN_MS - Date.now();
  if (left <= 0) return;
  throw new SluiceError('an import whose answer was lost may still be running', {
    code: 'import_outcome_unknown',
    sort: 'retry',
    retryAfterMs: left,
  });
}

function listMissing(listId: number): SluiceError {
  return new SluiceError(`Brevo has no list ${listId}`, {
    code: LIST_MISSING,
    sort: 'stop',
    hint: 'Set BREVO_LANGUAGE_LIST_ID and BREVO_NON_LANGUAGE_LIST_ID to lists of this account (sluice brevo setup shows them) and restart the worker; no change is lost.',
  });
}
