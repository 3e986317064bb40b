import { ensureContacts } from '../db/contacts.ts';
import type { Database, Executor } from '../db/pool.ts';
import { runOf } from '../db/report-runs.ts';
import { lastEnds } from '../db/schedule-runs.ts';
import { loadWatch } from '../db/schedule-watches.ts';
import { type PlanDeps, prepareBatch } from './message-batches.ts';
import { factsOf, type Planned } from './query-report-mails.ts';

export interface QueryReportTroubleDeps {
  readonly database: Database;
  readonly mailTaskQueue: string;
  /** What mails are made with; undefined while settings for mails are missing. */
  readonly plan: PlanDeps | undefined;
  /** Nothing is sent. */
  readonly dryRun: boolean;
  readonly now?: () => Date;
}

export interface TroubleRequest {
  readonly runId: number;
  /** Failed runs in a row, this one included. */
  readonly failures: number;
  /** The schedule that has started the run. */
  readonly scheduleId: string | undefined;
}

export function createQueryReportTroubleActivities({
  database,
  plan,
  mailTaskQueue,
  dryRun,
  now = () => new Date(),
}: QueryReportTroubleDeps) {
  return {
    /**
     * Writes to the owner that runs fail: at the first of a streak, and at the one at whose end the schedule pauses itself.
     * The mails are a batch of their own, of none where there is nothing to be told.
     */
    async planTroubleMail({ runId, failures, scheduleId }: TroubleRequest): Promise<Planned> {
      if (dryRun) return { state: 'dry_run' };
      if (plan === undefined) return { state: 'mail_not_set_up' };
      const run = await runOf(database.orm, runId);
      const { definition, reportId } = run;
      const paused = await willPause(database.orm, { scheduleId, limit: definition.pauseAfterFailures });
      const batch = `report-trouble/${runId}`;
      const isTold = definition.owner !== '' && (paused || failures === 1);
      if (!isTold) return { state: 'planned', batch, mailTaskQueue, mails: 0 };
      const people = await ensureContacts(database.orm, { facts: [factsOf(definition.owner)], now: now() });
      const messages = [...people.values()].map((contactId) => ({
        key: `${batch}/${contactId}`,
        kind: 'notification' as const,
        contactId,
        template: 'query-report-trouble',
        dueAt: run.createdAt,
        params: {
          name: definition.name,
          report: reportId,
          run: runId,
          error: run.error ?? 'unknown',
          failures: paused ? (definition.pauseAfterFailures ?? failures) : failures,
          paused,
        },
      }));
      await prepareBatch(plan, { batch, messages, now: now() });
      return { state: 'planned', batch, mailTaskQueue, mails: messages.length };
    },
  };
}

export type QueryReportTroubleActivities = ReturnType<typeof createQueryReportTroubleActivities>;

/** Whether the schedule pauses itself once the run under way has ended as failed (schedule-runs.ts does it). */
async function willPause(
  db: Executor,
  { scheduleId, limit }: { readonly scheduleId: string | undefined; readonly limit: number | undefined },
): Promise<boolean> {
  if (scheduleId === undefined || limit === undefined) return false;
  if (limit === 1) return true;
  const watch = await loadWatch(db, { id: scheduleId, formerIds: [] });
  const after = watch?.failuresFrom ?? undefined;
  const ends = await lastEnds(db, { scheduleIds: [scheduleId], after, limit: limit - 1 });
  return ends.length === limit - 1 && !ends.includes('completed');
}
