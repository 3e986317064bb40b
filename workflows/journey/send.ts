import { earliestSend } from '../../domain/journeys/due.ts';
import { lengthOf } from '../../domain/journeys/durations.ts';
import { stepMessageKey } from '../../domain/journeys/ids.ts';
import type { SendStep } from '../../domain/journeys/steps.ts';
import type { MessageRequest, SendPolicy, SendResult } from '../../domain/sending/message.ts';
import { mailActivities } from './activities.ts';
import type { Alerts } from './alerts.ts';
import { attempt, Parked } from './attempt.ts';
import { hold } from './hold.ts';
import type { Run } from './state.ts';

const HOUR_MS = 3_600_000;

/** Sends the mail of a step, once: as soon as it is due, the distance to the last one is kept, and the ledger lets it. */
export async function sendMail(
  run: Run,
  { step, alerts }: { readonly step: SendStep; readonly alerts: Alerts },
): Promise<'done' | 'over'> {
  const { progress, input } = run;
  for (;;) {
    const earliest = earliestSend({ dueAt: progress.clock, last: progress.last, timing: input.timing });
    if (earliest > Date.now()) {
      const held = await hold(run, { why: 'distance to the mail before', dueAt: earliest });
      if (held === 'over') return 'over';
      if (held === 'skipped') return 'done';
      if (held === 'anew') continue;
    }
    const asked = await attempt(run, { alerts, work: () => ask(run, step) });
    if (asked.kind !== 'done') return asked.kind === 'over' ? 'over' : 'done';
    const result = asked.value;
    if (result.status !== 'later') {
      note(run, result);
      return 'done';
    }
    const held = await hold(run, { why: `mail: ${result.reason}`, dueAt: Date.parse(result.at) });
    if (held === 'over') return 'over';
    if (held === 'skipped') return 'done';
  }
}

async function ask(
  run: Run,
  step: SendStep,
): Promise<Exclude<SendResult, { readonly status: 'rejected' }> | Parked> {
  const { sendMessage } = mailActivities(run.input.mailTaskQueue);
  const result = await sendMessage.executeWithOptions({ summary: `Send ${step.template}` }, [
    requestOf(run, step),
  ]);
  return result.status === 'rejected' ? new Parked(result.reason) : result;
}

function requestOf({ input, progress, definition }: Run, step: SendStep): MessageRequest {
  const { runId, contactId } = input;
  return {
    key: stepMessageKey({ runId, stepId: step.id }),
    kind: 'journey',
    contactId,
    template: step.template,
    dueAt: new Date(progress.clock).toISOString(),
    policy: policyOf({ input, definition }, step),
    journeyRunId: runId,
    ...(step.params === undefined ? {} : { params: step.params }),
  };
}

function policyOf({ input, definition }: Pick<Run, 'input' | 'definition'>, step: SendStep): SendPolicy {
  const { uncertain, window, cap } = definition;
  // Whoever tries a journey out in minutes wants its mails at any hour, and all of them.
  if (input.timing === 'test') return { uncertain };
  return {
    uncertain,
    ...(window === undefined ? {} : { window }),
    ...(cap === undefined ? {} : { cap }),
    ...(step.fresh === undefined ? {} : { freshHours: lengthOf(step.fresh) / HOUR_MS }),
  };
}

function note({ progress }: Run, { status }: SendResult): void {
  if (status === 'accepted') progress.sent += 1;
  if (status === 'uncertain') progress.uncertain += 1;
  // One that may have gone out counts for the distance.
  if (status !== 'withheld') progress.last = { dueAt: progress.clock, sentAt: Date.now() };
}
