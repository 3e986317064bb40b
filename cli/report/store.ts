import { type ReportWrite, type ReportWritten, writeReport } from '../../db/report-definitions.ts';
import { SluiceError, UsageError } from '../../domain/errors.ts';
import { type SyncedReport, syncReport } from '../../workers/report-sync.ts';
import { confirm, isInteractive } from '../confirm.ts';
import type { CheckedDefinition } from './check-definition.ts';
import { author, type ReportContext, troubleText } from './context.ts';
import { MANY_MAILS_A_DAY, mailsADay } from './run-times.ts';

/** Writes a report, and brings its schedule in line. */
export async function storeReport(
  context: ReportContext,
  {
    checked: { definition, isActive },
    inactiveReason,
    basedOn,
  }: {
    readonly checked: CheckedDefinition;
    readonly inactiveReason?: string | undefined;
    readonly basedOn: number | undefined;
  },
): Promise<{ readonly written: ReportWritten; readonly synced: SyncedReport | undefined }> {
  const write: ReportWrite = {
    definition,
    isActive,
    inactiveReason,
    basedOn,
    by: author(),
    now: new Date(),
  };
  const written = await writeReport(context.database, write);
  const synced = written.outcome === 'outrun' ? undefined : await bringInLine(context, definition.id);
  return { written, synced };
}

/**
 * Brings a report's schedule in line with its row.
 * @throws SluiceError `report_not_in_line`: the row is written, and the worker tries again every minute
 */
export async function bringInLine(context: ReportContext, id: string): Promise<SyncedReport> {
  try {
    return await syncReport({ ...context, id });
  } catch (cause) {
    throw new SluiceError(`${id} is stored, and its schedule is not in line yet: ${reasonOf(cause)}`, {
      code: 'report_not_in_line',
      sort: 'retry',
      hint: 'A running worker brings it in line within a minute; so does sluice report sync.',
      cause,
    });
  }
}

/**
 * Asks before a report begins to send very many mails.
 * @throws UsageError where nobody says yes
 */
export async function agreeToMails(
  { definition, schedule, isActive }: CheckedDefinition,
  { now, yes }: { readonly now: Date; readonly yes: boolean },
): Promise<void> {
  const mails = mailsADay(definition, { recurrence: schedule.recurrence, now });
  if (!isActive || yes || mails <= MANY_MAILS_A_DAY) return;
  const text = `${definition.id} would send up to ${mails} mails a day (${schedule.whenText}, ${definition.recipients.length + definition.cc.length} recipients)`;
  if (isInteractive() && (await confirm(`${text}. Is that meant?`))) return;
  throw new UsageError(text, `More than ${MANY_MAILS_A_DAY} a day need --yes.`);
}

function reasonOf(error: unknown): string {
  return error instanceof SluiceError
    ? troubleText(error)
    : error instanceof Error
      ? error.message
      : String(error);
}
