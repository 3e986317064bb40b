import { Context } from '@temporalio/activity';
import type { BrevoClient } from '../brevo/client.ts';
import { isApplied, listExists, upsertContact } from '../brevo/contacts.ts';
import { LIST_MISSING } from '../brevo/errors.ts';
import {
  changesByState,
  loadChanges,
  noteAttempt,
  type QueuedChange,
  readyChanges,
  requeue,
  settle,
  unsettledUpserts,
} from '../db/brevo-changes.ts';
import { openImports, prepareImport } from '../db/brevo-imports.ts';
import { chunks } from '../db/chunks.ts';
import type { Database } from '../db/pool.ts';
import { callsPerActivity, chooseRoutes } from '../domain/brevo-changes.ts';
import { SluiceError } from '../domain/errors.ts';
import { FUNNEL_TYPES, type FunnelType } from '../domain/funnels.ts';
import { dissolveImport } from './brevo-imports.ts';
import { listMissing } from './list-missing.ts';

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
const SHORT_PAUSE_MS = 3_000;
const SHORT_PAUSES = 5;

export function createBrevoDeliveryActivities(deps: BrevoDeliveryDeps) {
  const { database, brevo, lists } = deps;
  const db = database.orm;

  return {
    /** Chooses what goes out next: one change a contact, in bulk where that is cheaper. Writes imports down first. */
    async planDelivery(): Promise<DeliveryPlan> {
      for (const one of await openImports(db)) {
        if (one.state === 'prepared' && one.listId !== lists[one.funnelType])
          await dissolveImport(db, one, {});
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
        upserts: chunks(upserts, callsPerActivity(deps.callsPerSecond)),
      };
    },

    /** Brings single changes to Brevo, one call each. */
    async deliverChanges({ ids }: { readonly ids: readonly number[] }): Promise<DeliveryCounts> {
      const missingLists = createListCheck();
      for (const change of await loadChanges(db, ids)) {
        if (change.importId !== null || (change.state !== 'pending' && change.state !== 'sending')) continue;
        await deliver(change, missingLists);
      }
      return countSettled(await loadChanges(db, ids));
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
      await upsertPatiently(target, options);
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

  /** After a limit that is over in moments the next turn is waited for here: the attempt is not lost, nor its task. */
  async function upsertPatiently(
    target: Parameters<typeof upsertContact>[1],
    options: { readonly signal: AbortSignal },
  ): Promise<void> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await upsertContact(brevo, target, options);
      } catch (error) {
        const pause = error instanceof SluiceError && error.status === 429 ? error.retryAfterMs : undefined;
        if (pause === undefined || pause > SHORT_PAUSE_MS || attempt === SHORT_PAUSES) throw error;
      }
    }
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
}

export type BrevoDeliveryActivities = ReturnType<typeof createBrevoDeliveryActivities>;

function countSettled(changes: readonly QueuedChange[]): DeliveryCounts {
  const of = (state: QueuedChange['state']) => changes.filter((change) => change.state === state).length;
  return { accepted: of('accepted'), rejected: of('rejected') };
}
