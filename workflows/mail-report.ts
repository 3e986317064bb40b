import type { ReportMails } from '../activities/report-mails.ts';
import { deliverBatch } from './deliver-batch.ts';
import type { MailedReport } from './mail-report-details.ts';

/**
 * Sends the mails of a report that are in the ledger and that nobody has sent.
 * @param freshHours after logical time; later the report is news no more, so that a backfill of last week mails nothing
 */
export async function mailReport(
  mails: ReportMails,
  { freshHours }: { readonly freshHours: number },
): Promise<MailedReport> {
  if (mails.state !== 'planned') return mails;
  const { batch, mailTaskQueue, recipients } = mails;
  const counts = await deliverBatch({
    batch,
    mailTaskQueue,
    policy: { freshHours, uncertain: 'hold' },
  });
  return { state: 'mailed', recipients, ...counts };
}
