import { defineQuery, defineSignal } from '@temporalio/workflow';
import type { Totals } from '../../activities/campaigns.ts';
import type { CampaignState } from '../../domain/campaigns/run.ts';

/** Nothing more is sent until it is resumed; what is under way comes to its end within seconds. */
export const pauseSignal = defineSignal('pause');
export const resumeSignal = defineSignal('resume');
/** Nothing more is sent at all; what was not tried is withheld, `reason` a word like `cancelled`. */
export const cancelSignal = defineSignal<[{ readonly reason: string }]>('cancel');

export interface CampaignView {
  readonly runId: number | undefined;
  readonly state: CampaignState | 'cancelling';
  readonly reason: string | undefined;
  /** Whether all of its mails are written down. */
  readonly isFrozen: boolean;
  /** As of the last look at each page. */
  readonly totals: Totals | undefined;
  /** Pages that are being sent. */
  readonly busy: number;
  /** When something goes on, ISO 8601 UTC; undefined: now, or when somebody resumes it. */
  readonly nextAt: string | undefined;
}

export const campaignQuery = defineQuery<CampaignView>('state');

/** To a run of `campaignPages`: give the pages back that are not done. */
export const stopPagesSignal = defineSignal('stop');
