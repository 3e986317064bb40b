import {
  ActivityFailure,
  ApplicationFailure,
  CancellationScope,
  condition,
  isCancellation,
  log,
  sleep,
} from '@temporalio/workflow';
import type { NotifyRequest } from '../../activities/notifications.ts';
import type { Alerts } from './alerts.ts';
import { hold, pause } from './hold.ts';
import type { ParkedBy, Run } from './state.ts';

/** A call that is under way when a run ends may finish; one that is only being tried again and again may not. */
const GRACE_MS = 30_000;

export type Attempted<T> =
  | { readonly kind: 'done'; readonly value: T }
  | { readonly kind: 'skipped' | 'over' };

/** So often is tried again what nobody can do at present: a key that is refused, a template that is missing. */
const TRY_AGAIN_MS = 3_600_000;

/** What `work` gives to say that the step cannot be done for good. */
export class Parked {
  readonly reason: string;
  constructor(reason: string) {
    this.reason = reason;
  }
}

/**
 * Does the work of a step. What fails for good parks the step: people are told, and it waits until an operator wants
 * another try or the next step. What is not about this person (Brevo refuses our key) is also tried again by itself. An
 * end of the run calls it off.
 */
export async function attempt<T>(
  run: Run,
  { alerts, work }: { readonly alerts: Alerts; readonly work: () => Promise<T | Parked> },
): Promise<Attempted<T>> {
  for (;;) {
    if (run.progress.pausedAt !== undefined && (await pause(run)) === 'over') return { kind: 'over' };
    if (run.end !== undefined) return { kind: 'over' };
    // Parked before it was continued as a new run.
    const { parked } = run.progress;
    const ended: Ended<T> = parked === undefined ? await untilEnd(run, work) : { kind: 'parked', ...parked };
    if (ended.kind !== 'parked') return ended;
    const held = await park(run, { alerts, reason: ended.reason, passes: ended.passes });
    if (held === 'over') return { kind: 'over' };
    run.progress.parked = undefined;
    if (held === 'skipped') return { kind: 'skipped' };
  }
}

async function park(
  run: Run,
  { alerts, reason, passes }: { readonly alerts: Alerts } & ParkedBy,
): Promise<'skipped' | 'again' | 'over'> {
  const { progress } = run;
  if (progress.parked === undefined) {
    progress.parked = { reason, passes };
    log.warn('a step of a journey is parked', { step: progress.step, reason });
    alerts.tell(newsOf(run, { reason, passes }));
  }
  const dueAt = passes ? Date.now() + TRY_AGAIN_MS : undefined;
  for (;;) {
    const held = await hold(run, { why: 'parked', dueAt });
    if (held === 'over' || held === 'skipped') return held;
    if (held === 'due') return 'again';
  }
}

/** What stops everybody is told once a day, what stops this run alone once. */
function newsOf({ input, progress, definition }: Run, { reason, passes }: ParkedBy): NotifyRequest {
  const today = new Date().toISOString().slice(0, 10);
  const who = passes ? `journeys/${reason}/${today}` : `journey/${input.runId}/${progress.step}/${reason}`;
  const then = passes ? 'it is tried again every hour' : 'it waits for an operator';
  return {
    key: `${who}/parked`,
    channel: 'operators',
    contactId: undefined,
    text: `Journey ${definition.id}, run ${input.runId}: step ${progress.step} is parked (${reason}); ${then}`,
  };
}

type Ended<T> =
  | { readonly kind: 'done'; readonly value: T }
  | ({ readonly kind: 'parked' } & ParkedBy)
  /** The run has ended, and the work was called off. */
  | { readonly kind: 'over' };

async function untilEnd<T>(run: Run, work: () => Promise<T | Parked>): Promise<Ended<T>> {
  const scope = new CancellationScope();
  let isDone = false;
  const working = scope
    .run(work)
    .then(endedOf<T>, failureOf)
    .finally(() => {
      isDone = true;
    });
  await condition(() => isDone || run.end !== undefined);
  if (!isDone) {
    await Promise.race([working, sleep(GRACE_MS, { summary: 'A call under way may finish' })]);
    scope.cancel();
  }
  return working;
}

/** A cancellation of the whole run shows in whatever waits beside; here it is no failure. */
function failureOf(error: unknown): Ended<never> {
  if (isCancellation(error)) return { kind: 'over' };
  const cause = error instanceof ActivityFailure ? error.cause : error;
  if (!(cause instanceof ApplicationFailure)) throw error;
  return { kind: 'parked', reason: cause.type ?? 'failed', passes: true };
}

function endedOf<T>(value: T | Parked): Ended<T> {
  return value instanceof Parked
    ? { kind: 'parked', reason: value.reason, passes: false }
    : { kind: 'done', value };
}
