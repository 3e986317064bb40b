import type { StoredReport } from '../../db/report-definitions.ts';
import { messageOf, SluiceError } from '../../domain/errors.ts';
import { reportHash } from '../../domain/reports/definition.ts';
import type { CheckedDefinition } from './check-definition.ts';
import { checkQuery } from './check-query.ts';
import type { ReportContext } from './context.ts';
import { MANY_MAILS_A_DAY, mailsADay } from './run-times.ts';
import { storeReport } from './store.ts';

export interface ImportOptions {
  readonly replace?: true;
  readonly dryRun?: true;
  /** False with --no-check. */
  readonly check: boolean;
  readonly yes?: true;
}

export type StoredOfFile =
  | { readonly refused: string }
  | {
      readonly outcome: 'created' | 'updated' | 'unchanged' | 'would be created' | 'would be updated';
      readonly isActive: boolean;
      readonly remark: string | undefined;
    };

/**
 * Stores a report of a file, if it may be: one that is there and says something else, or that sends very many mails, needs
 * somebody's word. What only waits for its database is stored inactive.
 */
export async function importReport(
  context: ReportContext,
  {
    checked,
    before,
    missingConnection,
    options,
  }: {
    readonly checked: CheckedDefinition;
    readonly before: StoredReport | undefined;
    readonly missingConnection: string | undefined;
    readonly options: ImportOptions;
  },
): Promise<StoredOfFile> {
  const { settings, now } = context;
  const { definition, schedule } = checked;
  const isThere = before !== undefined && before.deletedAt === null;
  if (isThere && reportHash(before.definition) === reportHash(definition)) {
    const { isActive } = before;
    return { outcome: 'unchanged', isActive, remark: isActive ? undefined : 'it is not active' };
  }
  if (isThere && options.replace !== true) {
    return {
      refused: `there is a report "${definition.id}" that says something else; --replace makes a new version of it`,
    };
  }
  const mails = mailsADay(definition, { recurrence: schedule.recurrence, now });
  if (checked.isActive && mails > MANY_MAILS_A_DAY && options.yes !== true) {
    return {
      refused: `it would send up to ${mails} mails a day (${schedule.whenText}); more than ${MANY_MAILS_A_DAY} need --yes`,
    };
  }
  const trouble =
    missingConnection === undefined
      ? options.check
        ? await queryTrouble(checked, { settings, now })
        : undefined
      : { reason: `The connection ${definition.connection} is not in REPORT_CONNECTIONS.`, isFinal: false };
  if (trouble?.isFinal === true) return { refused: trouble.reason };
  const isActive = checked.isActive && trouble === undefined;
  const remark = trouble === undefined ? undefined : `stored inactive: ${trouble.reason}`;
  if (options.dryRun === true) {
    return { outcome: isThere ? 'would be updated' : 'would be created', isActive, remark };
  }
  const { written } = await storeReport(context, {
    checked: { ...checked, isActive },
    inactiveReason: trouble?.reason ?? 'Imported inactive.',
    basedOn: isThere ? before.version : undefined,
  });
  if (written.outcome === 'outrun') return { refused: 'somebody else has just changed it; import again' };
  return { outcome: written.outcome, isActive, remark };
}

/** A query that only waits for its database is stored; one that does more than read is not. */
async function queryTrouble(
  { definition }: CheckedDefinition,
  around: { readonly settings: ReportContext['settings']; readonly now: Date },
): Promise<{ readonly reason: string; readonly isFinal: boolean } | undefined> {
  try {
    await checkQuery(definition, around);
    return undefined;
  } catch (error) {
    if (!(error instanceof SluiceError)) throw error;
    return {
      reason: messageOf(error).slice(0, 255),
      isFinal: error.sort === 'item' && error.code !== 'source_timeout',
    };
  }
}
