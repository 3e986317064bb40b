import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import { ParentClosePolicy, startChild, WorkflowIdReusePolicy } from '@temporalio/workflow';
import type { JourneyEvent, JourneyStart } from '../../domain/journeys/run.ts';
import type {
  BranchStep,
  EmitStep,
  NotifyStep,
  StartJourneyStep,
  UpdateStep,
} from '../../domain/journeys/steps.ts';
import { atHand, brevoActivities, database } from './activities.ts';
import type { Alerts } from './alerts.ts';
import type { Run } from './state.ts';

/** Steps that take no time of the person's: they may stand in the line of a journey and in its reactions. */
export type InstantStep = BranchStep | UpdateStep | NotifyStep | EmitStep | StartJourneyStep;

export interface InstantWork<S extends InstantStep = InstantStep> {
  readonly step: S;
  readonly alerts: Alerts;
  /** The event to which the journey reacts; undefined in its line. */
  readonly event: JourneyEvent | undefined;
}

export function isInstant(step: { readonly kind: string }): step is InstantStep {
  return ['branch', 'update', 'notify', 'emit', 'startJourney'].includes(step.kind);
}

/** @returns the arm that the person takes; of steps without arms undefined. */
export async function doInstant(run: Run, work: InstantWork): Promise<string | undefined> {
  const { step } = work;
  switch (step.kind) {
    case 'branch':
      return chooseArm(run, { ...work, step });
    case 'update':
      return updateContact(run, step);
    case 'notify':
      return tell(run, { ...work, step });
    case 'emit':
      return emit(run, { ...work, step });
    default:
      return enterOther(run, { ...work, step });
  }
}

async function chooseArm(run: Run, { step, event }: InstantWork<BranchStep>): Promise<string> {
  const { input, progress } = run;
  const { id, by, remember } = step;
  const known = remember === undefined || event !== undefined ? undefined : progress.remembered[remember];
  if (known !== undefined) return known;
  const choice = await atHand.chooseArm.executeWithOptions({ summary: `${id}: which way?` }, [
    { contactId: input.contactId, by, eventId: event?.eventId },
  ]);
  if (remember !== undefined && event === undefined) progress.remembered[remember] = choice.arm;
  return choice.arm;
}

async function updateContact(run: Run, { id, fields, brevo }: UpdateStep): Promise<undefined> {
  const { contactId, brevoTaskQueue } = run.input;
  if (fields !== undefined) {
    await database.updateFields.executeWithOptions({ summary: `${id}: fields of the contact` }, [
      { contactId, fields },
    ]);
  }
  if (brevo !== undefined) {
    await brevoActivities(brevoTaskQueue).updateBrevoContact.executeWithOptions(
      { summary: `${id}: the contact in Brevo` },
      [{ contactId, ...brevo }],
    );
  }
}

async function tell(run: Run, { step, alerts, event }: InstantWork<NotifyStep>): Promise<undefined> {
  const { runId, contactId } = run.input;
  const { id, channel, text } = step;
  alerts.tell({ key: named(`journey/${runId}/${id}`, '/', event), channel, contactId, text });
}

async function emit(run: Run, { step, event }: InstantWork<EmitStep>): Promise<undefined> {
  const { runId, contactId } = run.input;
  await database.emitEvent.executeWithOptions({ summary: `${step.id}: ${step.type}` }, [
    { eventId: named(`journey:${runId}:${step.id}`, ':', event), type: step.type, contactId },
  ]);
}

async function enterOther(run: Run, { step, event }: InstantWork<StartJourneyStep>): Promise<undefined> {
  const { input } = run;
  const { contactId, mailTaskQueue, brevoTaskQueue, timing } = input;
  const entered = await database.enterOther.executeWithOptions({ summary: `${step.id}: may they enter?` }, [
    {
      journey: step.journey,
      contactId,
      anchor: named(`${input.runId}-${step.id}`, '-', event),
      anchorAt: new Date(run.progress.clock).toISOString(),
      mailTaskQueue,
      brevoTaskQueue,
      timing,
    },
  ]);
  if (entered.start !== undefined) await startOther(entered.workflowId, entered.start);
}

async function startOther(workflowId: string, start: JourneyStart): Promise<void> {
  try {
    await startChild('journey', {
      workflowId,
      args: [start],
      parentClosePolicy: ParentClosePolicy.ABANDON,
      workflowIdReusePolicy: WorkflowIdReusePolicy.REJECT_DUPLICATE,
      staticSummary: `Journey ${start.journey}, contact ${start.contactId}`,
    });
  } catch (error) {
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
  }
}

function named(name: string, mark: string, event: JourneyEvent | undefined): string {
  return event === undefined ? name : `${name}${mark}${event.eventId}`;
}
