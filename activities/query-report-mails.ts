import { ensureContacts } from '../db/contacts.ts';
import type { Database } from '../db/pool.ts';
import { deliveriesOfRun } from '../db/report-deliveries.ts';
import { noteResent, type ReportRun, runOf } from '../db/report-runs.ts';
import { isOut, reportBatch } from '../domain/reports/run.ts';
import { type PlanDeps, type PlannedMessage, prepareBatch } from './message-batches.ts';
import { reportMailParams } from './query-report-words.ts';
import type { ReportLinks } from './report-mails.ts';
import { createParcels } from './report-parcels.ts';

export interface QueryReportMailDeps {
  readonly database: Database;
  readonly mailTaskQueue: string;
  /** What mails are made with; undefined while settings for mails are missing. */
  readonly plan: PlanDeps | undefined;
  readonly links: ReportLinks | undefined;
  /** Nothing is sent. */
  readonly dryRun: boolean;
  readonly now?: () => Date;
}

/** `planned`: the mails are in the ledger, a batch to be sent on that queue. */
export type Planned =
  | {
      readonly state: 'planned';
      readonly batch: string;
      readonly mailTaskQueue: string;
      readonly mails: number;
    }
  | { readonly state: 'mail_not_set_up' }
  | { readonly state: 'dry_run' };

/** Refused, or of unknown outcome. */
const FAILED: readonly string[] = ['rejected', 'uncertain'];

export function createQueryReportMailActivities({
  database,
  plan,
  links,
  mailTaskQueue,
  dryRun,
  now = () => new Date(),
}: QueryReportMailDeps) {
  const db = database.orm;

  return {
    /**
     * Writes the mails of a run into the ledger, one a recipient, with its files attached, or as one archive, or as links
     * where they are too large for a mail. Safe to repeat: nobody gets a second one.
     */
    async planReportMails({ runId }: { readonly runId: number }): Promise<Planned> {
      if (dryRun) return { state: 'dry_run' };
      if (plan === undefined || links === undefined) return { state: 'mail_not_set_up' };
      const run = await runOf(db, runId);
      const { to, copies } = readersOf(run);
      const batch = reportBatch(runId);
      if (to.length + copies.length === 0) return { state: 'planned', batch, mailTaskQueue, mails: 0 };
      const people = await ensureContacts(db, { facts: [...to, ...copies].map(factsOf), now: now() });
      const parcel = await createParcels({ database, links, now })(run);
      const messages = [...people].map(
        ([email, contactId]): PlannedMessage => ({
          key: `${batch}/${contactId}`,
          kind: 'query_report',
          contactId,
          template: 'query-report',
          dueAt: run.createdAt,
          params: reportMailParams(run, { ...parcel, links, isCopy: copies.includes(email) }),
          files: parcel.attached,
        }),
      );
      await prepareBatch(plan, { batch, messages, now: now() });
      return { state: 'planned', batch, mailTaskQueue, mails: messages.length };
    },

    /** Numbers of the mails of a run that did not go out: refused, or of unknown outcome. */
    async failedReportMails({ runId }: { readonly runId: number }): Promise<readonly number[]> {
      const deliveries = await deliveriesOfRun(db, runId);
      return deliveries.filter(({ state }) => FAILED.includes(state)).map(({ message }) => message);
    },

    /**
     * Looks once more at the mails of a run that has ended.
     * @returns whether all are out by now; then the run is delivered.
     */
    async noteReportResent({ runId }: { readonly runId: number }): Promise<boolean> {
      const deliveries = await deliveriesOfRun(db, runId);
      const out = deliveries.length > 0 && isOut(deliveries.map(({ state }) => state));
      if (out) await noteResent(db, runId);
      return out;
    },
  };
}

export type QueryReportMailActivities = ReturnType<typeof createQueryReportMailActivities>;

/** Who gets a mail of a run, and who a copy; nobody both. */
function readersOf({ request, definition }: ReportRun): {
  readonly to: readonly string[];
  readonly copies: readonly string[];
} {
  // Somebody who is erased leaves a blank.
  if (request.recipients !== undefined)
    return { to: request.recipients.filter((one) => one !== ''), copies: [] };
  const { recipients: to, cc } = definition;
  return { to, copies: cc.filter((one) => !to.includes(one)) };
}

/** A colleague, of whom nothing is known but the address. */
export function factsOf(email: string) {
  return { email, firstName: undefined, name: undefined, timezone: undefined };
}
