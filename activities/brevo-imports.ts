import { Context } from '@temporalio/activity';
import type { BrevoClient } from '../brevo/client.ts';
import { contactsInList, importContacts, listExists } from '../brevo/contacts.ts';
import { importOutcome, namedInReport } from '../brevo/processes.ts';
import { changesOfImport, type QueuedChange, requeue, settle } from '../db/brevo-changes.ts';
import { type BrevoImport, countAcceptedByImport, loadImport, noteImport } from '../db/brevo-imports.ts';
import type { Database } from '../db/pool.ts';
import { SluiceError } from '../domain/errors.ts';
import { listMissing } from './list-missing.ts';

/** After a call for an import whose answer got lost: how long Brevo may still be working on it. */
const IMPORT_MAY_RUN_MS = 15_000;
/** Clocks of Brevo and ours may differ by this much. */
const CLOCK_SKEW_MS = 120_000;

export interface BrevoImportDeps {
  readonly database: Database;
  readonly brevo: BrevoClient;
}

/** Contacts in bulk: one import is sent, followed up and settled, whatever happens in between. */
export function createBrevoImportActivities({ database, brevo }: BrevoImportDeps) {
  const db = database.orm;

  return {
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
        await dissolveImport(db, one, { route: 'upsert', code: error.code });
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
  };

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
}

export type BrevoImportActivities = ReturnType<typeof createBrevoImportActivities>;

/** Gives an import up before it was sent, or after it was refused: its changes go back into the queue. */
export async function dissolveImport(
  db: Database['orm'],
  one: BrevoImport,
  how: { readonly route?: 'upsert'; readonly code?: string },
): Promise<void> {
  const ids = (await changesOfImport(db, one.id)).map(({ id }) => id);
  await db.transaction(async (tx) => {
    await requeue(tx, { ids, ...how });
    await noteImport(tx, { id: one.id, state: 'settled' });
  });
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
