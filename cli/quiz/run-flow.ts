import { setTimeout as pause } from 'node:timers/promises';
import { WorkflowFailedError, type WorkflowHandle } from '@temporalio/client';
import { required, type Settings } from '../../config.ts';
import { batchState } from '../../db/message-batches.ts';
import { type Database, openDatabase } from '../../db/pool.ts';
import { type QuizProgress, quizProgressQuery } from '../../workflows/quiz-progress.ts';
import { announce } from '../announce.ts';
import { withTemporal } from '../context.ts';
import { idByHand } from '../run-funnel-sync.ts';
import { failureOfRun } from '../workflow-failure.ts';

const LOOK_MS = 700;
/** Whoever waits for the morning is not waited for. */
const LONG_WAIT_MS = 60_000;

/** What came of a run by hand: its end, or how far it is when only mails are left that wait for somebody's morning. */
export type QuizRun<Result> = { readonly workflowId: string; readonly runId: string } & (
  | { readonly kind: 'ended'; readonly result: Result }
  | { readonly kind: 'waits'; readonly progress: QuizProgress }
);

/**
 * Starts a flow of the quiz through Temporal and waits until all is sent that may be sent now; a terminal sees how far it is.
 * @throws SluiceError with the reason why the run failed.
 */
export function runQuizFlow<Result>(
  settings: Settings,
  {
    flow,
    name,
    summary,
    input,
  }: {
    /** Workflow type. */
    readonly flow: string;
    /** As it stands in front of workflow ids. */
    readonly name: string;
    readonly summary: string;
    /** Numbers and times only. */
    readonly input: { readonly asOf?: string; readonly userIds?: readonly number[] };
  },
): Promise<QuizRun<Result>> {
  return withTemporal(settings, async (client) => {
    await announce(flow, { client, settings });
    const handle = await client.workflow.start(flow, {
      workflowId: idByHand(name),
      taskQueue: settings.temporal.taskQueue,
      args: [input],
      staticSummary: `${summary} (by hand)`,
    });
    const run = { workflowId: handle.workflowId, runId: handle.firstExecutionRunId };
    const ended = new AbortController();
    const database = openDatabase(required('DATABASE_URL', settings.databaseUrl), { connections: 1 });
    const result = handle.result().then((value) => ({ kind: 'ended', result: value as Result }) as const);
    // Nobody may wait for the end any more when it comes, or when the line is closed.
    result.catch(() => undefined);
    const waits = watch({ handle, database, ended: ended.signal });
    try {
      const first = await Promise.race([result, waits]);
      // The look that ended because the run did knows nothing more than the run.
      return { ...run, ...(first ?? (await result)) };
    } catch (error) {
      if (!(error instanceof WorkflowFailedError)) throw error;
      throw failureOfRun(error).failure;
    } finally {
      ended.abort();
      await waits;
      await database.close();
    }
  });
}

/** Looks how far a run is until it has ended, or only waits. */
async function watch({
  handle,
  database,
  ended,
}: {
  readonly handle: Pick<WorkflowHandle, 'query'>;
  readonly database: Database;
  readonly ended: AbortSignal;
}): Promise<{ readonly kind: 'waits'; readonly progress: QuizProgress } | undefined> {
  while (!ended.aborted) {
    try {
      const progress = await handle.query(quizProgressQuery);
      show(progress.step === 'sending' ? await withLedger(database, progress) : progress);
      const waits = progress.step === 'sending' ? progress.waitsUntil : undefined;
      if (waits !== undefined && Date.parse(waits) > Date.now() + LONG_WAIT_MS) {
        show(undefined);
        return { kind: 'waits', progress };
      }
    } catch {
      // A run that has not begun, or a worker that is busy, answers the next time.
    }
    await pause(LOOK_MS, undefined, { signal: ended }).catch(() => undefined);
  }
  show(undefined);
  return undefined;
}

/** The run hears of its mails now and then, the ledger at once. */
async function withLedger({ orm }: Database, progress: QuizProgress): Promise<QuizProgress> {
  const states = await Promise.all(
    progress.batches.map((batch) => batchState(orm, { batch, now: new Date() })),
  );
  const sum = (of: (state: (typeof states)[number]) => number) =>
    states.reduce((all, state) => all + of(state), 0);
  return {
    ...progress,
    accepted: sum(({ counts }) => counts.accepted),
    rejected: sum(({ counts }) => counts.rejected),
    withheld: sum(({ counts }) => counts.withheld),
    uncertain: sum(({ counts }) => counts.uncertain),
    open: sum(({ open }) => open),
  };
}

/** One line that is written anew, on terminals only. @param progress undefined: takes it away */
function show(progress: QuizProgress | undefined): void {
  if (!process.stderr.isTTY) return;
  process.stderr.write(`\r\u001b[K${progress === undefined ? '' : progressLine(progress)}`);
}

/** How far a run is, in a line. */
function progressLine({ step, looked, planned, accepted, rejected, withheld, open }: QuizProgress): string {
  const parts = [`${step}: ${looked} users looked at, ${planned} mails planned`];
  if (step === 'sending') {
    parts.push(`${accepted} accepted`, `${open} open`);
    if (rejected > 0) parts.push(`${rejected} rejected`);
    if (withheld > 0) parts.push(`${withheld} withheld`);
  }
  return parts.join(', ');
}

/** What --json shows of a run. */
export function runJson<Result extends object>({ workflowId, runId, ...run }: QuizRun<Result>) {
  return run.kind === 'ended'
    ? { workflowId, runId, ...run.result }
    : { workflowId, runId, state: 'waiting', ...run.progress };
}

/** A run that only waits, for people. */
export function describeWaiting({ open, accepted, waitsUntil }: QuizProgress): string {
  return [
    `${accepted} mails accepted; ${open} wait for the morning where their readers are, the first until ${(waitsUntil ?? '').slice(0, 16)}Z.`,
    'The run goes on in Temporal; sluice messages list shows each.',
  ].join('\n');
}
