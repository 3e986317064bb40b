import { setCurrentDetails, setHandler } from '@temporalio/workflow';
import type { BegunRun } from '../../activities/campaigns.ts';
import { describeCampaign } from './details.ts';
import { type CampaignView, campaignQuery, cancelSignal, pauseSignal, resumeSignal } from './messages.ts';

/** What operators want of it, or a trouble that only they can mend. */
export type Command =
  | { readonly kind: 'go' }
  | { readonly kind: 'pause'; readonly reason: string }
  | { readonly kind: 'cancel'; readonly reason: string };

export interface Steering {
  command(): Command;
  ask(command: Command): void;

  show(change: Partial<CampaignView>, campaign: string): void;
}

/** Opens the doors of a run; before its first await, as a signal may come with the start. */
export function openSteering(
  carried: { readonly run: BegunRun; readonly command: Command } | undefined,
): Steering {
  let command: Command = carried?.command ?? { kind: 'go' };
  let view: CampaignView = {
    runId: carried?.run.runId,
    state: 'running',
    reason: undefined,
    isFrozen: carried?.run.isFrozen ?? false,
    totals: undefined,
    busy: 0,
    nextAt: undefined,
  };
  const ask = (wanted: Command) => {
    // Nothing comes after a cancel.
    if (command.kind !== 'cancel') command = wanted;
  };
  setHandler(campaignQuery, () => view);
  setHandler(pauseSignal, () => ask({ kind: 'pause', reason: 'operator' }));
  setHandler(resumeSignal, () => ask({ kind: 'go' }));
  setHandler(cancelSignal, ({ reason }) => ask({ kind: 'cancel', reason }));
  return {
    command: () => command,
    ask,
    show(change, campaignId) {
      view = { ...view, ...change };
      setCurrentDetails(describeCampaign(view, campaignId));
    },
  };
}
