import { ensureContacts } from '../db/contacts.ts';
import type { MailChart } from '../domain/mail-chart.ts';
import { type PlanDeps, prepareBatch } from './message-batches.ts';

/** How reports to colleagues go out. */
export interface ReportMailing {
  /** Canonical addresses. */
  readonly recipients: readonly string[];
  readonly mailTaskQueue: string;
  /** What mails are made with; undefined while settings for mails are missing. */
  readonly plan: PlanDeps | undefined;
  readonly links: ReportLinks | undefined;
}

export interface ReportLinks {
  readonly chartUrl: (chart: MailChart) => string;
  readonly fileUrl: (file: { readonly artefactId: number; readonly expiresAt: Date }) => string;
}

/** `planned`: the mails are in the ledger, as a batch to be sent on that queue. */
export type ReportMails =
  | {
      readonly state: 'planned';
      readonly batch: string;
      readonly mailTaskQueue: string;
      readonly recipients: number;
    }
  | { readonly state: 'no_recipients' | 'mail_not_set_up' };

interface ReportMail {
  readonly template: string;
  /** `marketing-report/2025-02-10`: with a recipient's number behind it the key of a mail, which is made once. */
  readonly name: string;
  /** Logical time, from which its freshness counts. */
  readonly dueAt: Date;
  readonly params: Readonly<Record<string, unknown>>;
}

/** Writes one mail a recipient into the ledger; whoever has it already gets no other. Safe to repeat. */
export async function planReportMails(
  { recipients, mailTaskQueue, plan }: ReportMailing,
  { mail: { template, name, dueAt, params }, now }: { readonly mail: ReportMail; readonly now: Date },
): Promise<ReportMails> {
  if (recipients.length === 0) return { state: 'no_recipients' };
  if (plan === undefined) return { state: 'mail_not_set_up' };
  const people = await ensureContacts(plan.database.orm, {
    facts: recipients.map((email) => ({ email, firstName: undefined, name: undefined, timezone: undefined })),
    now,
  });
  await prepareBatch(plan, {
    batch: name,
    messages: [...people.values()].map((contactId) => ({
      key: `${name}/${contactId}`,
      kind: 'report',
      contactId,
      template,
      dueAt,
      params,
    })),
    now,
  });
  return { state: 'planned', batch: name, mailTaskQueue, recipients: people.size };
}
