import { scaled, waitEnds } from '../../domain/journeys/due.ts';
import { lengthOf } from '../../domain/journeys/durations.ts';
import {
  HOLDOUT,
  type SplitStep,
  type Step,
  type WaitForStep,
  type WaitStep,
} from '../../domain/journeys/steps.ts';
import { atHand, database } from './activities.ts';
import type { Alerts } from './alerts.ts';
import { attempt } from './attempt.ts';
import { hasHeard, takeHeard } from './hear.ts';
import { hold } from './hold.ts';
import { doInstant, isInstant } from './instant.ts';
import { sendMail } from './send.ts';
import type { Run } from './state.ts';

interface Work<S extends Step = Step> {
  readonly step: S;
  readonly alerts: Alerts;
}

/** Does one step and moves the person on. @returns `over`: the run has ended or must go on as a new one. */
export async function perform(run: Run, work: Work): Promise<'moved' | 'over'> {
  const { progress, way } = run;
  const { step, alerts } = work;
  if (progress.entered !== step.id) {
    progress.entered = step.id;
    // What somebody did before this mail is no answer to it.
    if (step.kind === 'send') progress.heard = [];
  }
  const done = await doStep(run, { step, alerts });
  if (done === 'over') return 'over';
  progress.moved = undefined;
  progress.step = done.arm === undefined ? way.after(step.id) : way.into(step.id, done.arm);
  return 'moved';
}

type Done = { readonly arm: string | undefined } | 'over';

async function doStep(run: Run, { step, alerts }: Work): Promise<Done> {
  if (isInstant(step)) {
    const tried = await attempt(run, {
      alerts,
      work: () => doInstant(run, { step, alerts, event: undefined }),
    });
    if (tried.kind === 'over') return 'over';
    // A branch at which nobody can tell the way is left out whole.
    return { arm: tried.kind === 'done' ? tried.value : undefined };
  }
  switch (step.kind) {
    case 'send':
      return (await sendMail(run, { step, alerts })) === 'over' ? 'over' : { arm: undefined };
    case 'wait':
      return wait(run, { step, alerts });
    case 'waitFor':
      return waitFor(run, step);
    default:
      return split(run, { step, alerts });
  }
}

async function wait(run: Run, work: Work<WaitStep>): Promise<Done> {
  const { progress } = run;
  for (;;) {
    const planned = await endOfWait(run, work);
    if (planned === 'over') return 'over';
    const dueAt = progress.moved ?? planned;
    const held = await hold(run, { why: 'a time', dueAt });
    if (held === 'over') return 'over';
    if (held === 'anew') continue;
    moveOn(run, { planned, to: held === 'skipped' ? Date.now() : dueAt });
    return { arm: undefined };
  }
}

async function endOfWait(run: Run, { step, alerts }: Work<WaitStep>): Promise<number | 'over'> {
  const { input, progress } = run;
  const { until } = step;
  if (!('localTime' in until)) return waitEnds(until, { ...progress, timing: input.timing });
  if (input.timing === 'test') return progress.clock;
  const found = await attempt(run, {
    alerts,
    work: () =>
      atHand.nextLocalTime.executeWithOptions(
        { summary: `${step.id}: when is it ${until.localTime} there?` },
        [{ contactId: input.contactId, from: new Date(progress.clock).toISOString(), ...until }],
      ),
  });
  if (found.kind === 'over') return 'over';
  return found.kind === 'done' ? Date.parse(found.value.at) : Date.now();
}

async function waitFor(run: Run, step: WaitForStep): Promise<Done> {
  const { progress, input } = run;
  for (;;) {
    const planned = progress.clock + scaled(lengthOf(step.timeout), input.timing);
    const dueAt = progress.moved ?? planned;
    const met = () => hasHeard(run, step.events);
    const held = await hold(run, { why: 'an event', dueAt, met });
    if (held === 'over') return 'over';
    if (held === 'anew') continue;
    const event = held === 'met' ? takeHeard(run, step.events) : undefined;
    if (event !== undefined) {
      // When it happened, but never in the future and never before the step.
      progress.clock = Math.max(progress.clock, Math.min(Date.parse(event.occurredAt), Date.now()));
      return { arm: 'came' };
    }
    moveOn(run, { planned, to: held === 'skipped' ? Date.now() : dueAt });
    return { arm: 'otherwise' };
  }
}

async function split(run: Run, { step, alerts }: Work<SplitStep>): Promise<Done> {
  const { runId, contactId } = run.input;
  const { experiment, weights } = step;
  const drawn = await attempt(run, {
    alerts,
    work: () =>
      database.drawArm.executeWithOptions({ summary: `${step.id}: draw an arm of ${experiment}` }, [
        { runId, contactId, experiment, weights },
      ]),
  });
  if (drawn.kind === 'over') return 'over';
  if (drawn.kind !== 'done') return { arm: undefined };
  if (drawn.value.arm !== HOLDOUT) return { arm: drawn.value.arm };
  run.end = { state: 'completed', reason: HOLDOUT };
  return 'over';
}

/** What an operator moved by hand moves all that comes after it. */
function moveOn({ progress }: Run, { planned, to }: { readonly planned: number; readonly to: number }): void {
  progress.anchor += to - planned;
  progress.clock = to;
}
