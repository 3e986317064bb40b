import { defineQuery } from '@temporalio/workflow';

/** How far a run of the quiz has come: counts only. */
export interface QuizProgress {
  readonly step: 'opening' | 'counting' | 'planning' | 'sending' | 'done';
  /** Logical time, ISO 8601. */
  readonly asOf: string;
  /** Users that were looked at. */
  readonly looked: number;
  readonly planned: number;
  readonly reasons: Readonly<Record<string, number>>;
  readonly accepted: number;
  readonly rejected: number;
  readonly withheld: number;
  readonly uncertain: number;
  /** Mails that are not settled. */
  readonly open: number;
  /** When the next of them may go out, where all of them wait. */
  readonly waitsUntil: string | undefined;
  /** Names of what is being sent, in the ledger. */
  readonly batches: readonly string[];
}

/** A run that has not begun to do anything. */
export function noProgress(
  asOf: string,
  counted: Pick<QuizProgress, 'looked' | 'planned' | 'reasons'>,
): QuizProgress {
  return { step: 'opening', asOf, ...counted, ...NO_COUNTS, open: 0, waitsUntil: undefined, batches: [] };
}

/** Asked by the CLI while it waits, and by whoever wants to know. */
export const quizProgressQuery = defineQuery<QuizProgress>('quizProgress');

export const NO_COUNTS = { accepted: 0, rejected: 0, withheld: 0, uncertain: 0 } as const;

/** Adds the counts of a page to those so far. */
export function addReasons(
  sum: Readonly<Record<string, number>>,
  more: Readonly<Record<string, number>>,
): Readonly<Record<string, number>> {
  const all = { ...sum };
  for (const [reason, count] of Object.entries(more)) all[reason] = (all[reason] ?? 0) + count;
  return all;
}

/** What the Web UI shows, Markdown. @param what like `Reminders` */
export function describeProgress(what: string, progress: QuizProgress): string {
  const { asOf, step, looked, planned, accepted, rejected, withheld, uncertain, open, waitsUntil } = progress;
  const reasons = Object.entries(progress.reasons).toSorted(([, a], [, b]) => b - a);
  return [
    `${what} as of ${asOf}: ${step}.${waitsUntil === undefined ? '' : ` ${open} wait until ${waitsUntil}.`}`,
    '',
    '| looked at | planned | accepted | rejected | withheld | uncertain | open |',
    '|---:|---:|---:|---:|---:|---:|---:|',
    `| ${looked} | ${planned} | ${accepted} | ${rejected} | ${withheld} | ${uncertain} | ${open} |`,
    ...(reasons.length === 0
      ? []
      : [
          '',
          '| no mail because | users |',
          '|---|---:|',
          ...reasons.map(([reason, count]) => `| ${reason} | ${count} |`),
        ]),
  ].join('\n');
}
