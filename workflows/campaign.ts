import {
  ApplicationFailure,
  allHandlersFinished,
  CancellationScope,
  condition,
  continueAsNew,
  proxyActivities,
  setCurrentDetails,
  workflowInfo,
} from '@temporalio/workflow';
import type { Survey } from '../activities/campaign-survey.ts';
import type { BegunRun, CampaignActivities } from '../activities/campaigns.ts';
import { type CampaignEnd, createDelivery } from './campaign/delivery.ts';
import { createHands } from './campaign/hands.ts';
import { type Command, openSteering } from './campaign/steering.ts';
import { logicalTime, scheduledFor } from './logical-time.ts';
import { DATABASE_WORK } from './retries.ts';

export { campaignQuery, cancelSignal, pauseSignal, resumeSignal } from './campaign/messages.ts';

export interface CampaignInput {
  /** Unset: the one that is `isManual`. */
  readonly campaign?: string;
  /** The same name of the same campaign is one run. Unset: the schedule's slot, or the start. */
  readonly name?: string;
  /** Row of the event that started it. */
  readonly eventId?: number;
  /** Instead of the definition's time: `2026-12-01T09:00`, `09:00`, or an instant with a zone. */
  readonly at?: string;
  /** Logical time, ISO 8601. Unset: that of the schedule, or the start. */
  readonly asOf?: string;
  /** What a continued run brings along. */
  readonly carried?: Carried;
}

interface Carried {
  readonly run: BegunRun;
  readonly command: Command;
  /** Number of the next child. */
  readonly next: number;
}

export type CampaignResult =
  | CampaignEnd
  /** The run of this name, or of an event that came before, is another workflow's. */
  | { readonly skipped: 'already_started'; readonly runId: number; readonly by: string }
  | { readonly dryRun: true; readonly campaign: string; readonly survey: Survey };

const { beginCampaign } = proxyActivities<CampaignActivities>(DATABASE_WORK);

/**
 * One campaign to its whole audience. First all its mails are written into the ledger, in pages; then pages are given to
 * children, a few at a time and in the order in which they are due, until nothing is open. Pages that wait for something
 * (a cap, a window) come back and are given out again when they are due.
 */
export async function campaign(input: CampaignInput = {}): Promise<CampaignResult> {
  const steered = openSteering(input.carried);
  // To be cancelled in Temporal means what `cancel` means: the mails are closed, and the run says so.
  CancellationScope.current().cancelRequested.catch(() =>
    steered.ask({ kind: 'cancel', reason: 'cancelled' }),
  );
  return CancellationScope.nonCancellable(async () => {
    const begun = await begin(input);
    if (begun.kind !== 'run') return begun.result;
    const { run } = begun;
    const hands = createHands(run, input.carried?.next ?? 1);
    const end = await createDelivery({ run, hands, steered }).work();
    if (end !== 'continue') return end;
    await condition(allHandlersFinished);
    const carried = { run: { ...run, isFrozen: true }, command: steered.command(), next: hands.next };
    return continueAsNew<typeof campaign>({ ...input, carried });
  });
}

async function begin(
  input: CampaignInput,
): Promise<
  | { readonly kind: 'run'; readonly run: BegunRun }
  | { readonly kind: 'over'; readonly result: CampaignResult }
> {
  if (input.carried !== undefined) return { kind: 'run', run: input.carried.run };
  const scheduled = scheduledFor();
  const asOf = logicalTime(input.asOf);
  const startedBy = input.eventId !== undefined ? 'event' : scheduled === undefined ? 'manual' : 'schedule';
  const name = input.name ?? (scheduled?.slot ?? asOf).replace('.000Z', 'Z');
  const begun = await beginCampaign.executeWithOptions(
    { summary: `Begin ${input.campaign ?? 'it'}: ${name}` },
    [
      {
        campaign: input.campaign,
        name,
        startedBy,
        workflowId: workflowInfo().workflowId,
        asOf,
        at: input.at,
      },
    ],
  );
  if (begun.kind === 'dry') {
    const { campaign: id, survey } = begun;
    setCurrentDetails(`Dry run of ${id}: ${survey.mails} of ${survey.people} people would get a mail.`);
    return { kind: 'over', result: { dryRun: true, campaign: id, survey } };
  }
  if (begun.kind === 'known') {
    const { runId, workflowId: by } = begun;
    setCurrentDetails(`Nothing to do: this is run ${runId}, the work of ${by}.`);
    return { kind: 'over', result: { skipped: 'already_started', runId, by } };
  }
  if (begun.state === 'completed' || begun.state === 'cancelled') {
    throw ApplicationFailure.nonRetryable(`run ${begun.runId} is over: ${begun.state}`, 'campaign_over');
  }
  return { kind: 'run', run: begun };
}
