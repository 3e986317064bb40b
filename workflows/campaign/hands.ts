import { ChildWorkflowFailure } from '@temporalio/common';
import { type ChildWorkflowHandle, condition, startChild, workflowInfo } from '@temporalio/workflow';
import type { BegunRun, Handed } from '../../activities/campaigns.ts';
import type { CampaignPagesResult, campaignPages } from '../campaign-pages.ts';
import { stopPagesSignal } from './messages.ts';

/** Children that send at the same time; each keeps several mails in the air. */
const LANES = 2;
/** Mails a second, below which a second child would only make the rate harder to keep. */
const ONE_LANE_BELOW = 10;

interface InHand {
  readonly pages: readonly number[];
  readonly handle: ChildWorkflowHandle<typeof campaignPages>;
}

/** The children of a run that have pages in hand. */
export interface Hands {
  /** Number of the next child. */
  readonly next: number;
  /** Pages that are in hand. */
  busy(): readonly number[];
  /** So many children may still be started. */
  free(): number;
  isIdle(): boolean;
  give(pages: Handed['pages']): Promise<void>;
  hasNews(): boolean;
  /** What children have done that have ended since it was asked last. */
  news(): CampaignPagesResult;
  /** Tells all of them to give back what they have, and waits until they have. */
  empty(): Promise<void>;
}

export function createHands(run: BegunRun, first: number): Hands {
  const { runId, policy, perSecond, mailTaskQueue, campaign } = run;
  const lanes = perSecond !== undefined && perSecond < ONE_LANE_BELOW ? 1 : LANES;
  const inHand = new Map<number, InHand>();
  let ended: CampaignPagesResult[] = [];
  let next = first;

  return {
    get next() {
      return next;
    },
    busy: () => [...inHand.values()].flatMap(({ pages }) => pages),
    free: () => lanes - inHand.size,
    isIdle: () => inHand.size === 0,
    async give(pages) {
      const number = next;
      next += 1;
      const handle = await startChild<typeof campaignPages>('campaignPages', {
        workflowId: `${workflowInfo().workflowId}/pages/${number}`,
        args: [
          {
            runId,
            pages,
            policy,
            perSecond: perSecond === undefined ? undefined : perSecond / lanes,
            mailTaskQueue,
          },
        ],
        staticSummary: `Campaign ${campaign}, run ${runId}: pages ${pages[0]?.page} to ${pages.at(-1)?.page}`,
      });
      inHand.set(number, { pages: pages.map(({ page }) => page), handle });
      void follow(number, handle);
    },
    hasNews: () => ended.length > 0,
    news() {
      const results = ended;
      ended = [];
      return {
        passed: results.flatMap(({ passed }) => passed),
        trouble: results.find(({ trouble }) => trouble !== undefined)?.trouble,
      };
    },
    async empty() {
      await Promise.all([...inHand.values()].map(({ handle }) => tell(handle)));
      await condition(() => inHand.size === 0);
    },
  };

  async function follow(number: number, handle: InHand['handle']): Promise<void> {
    try {
      const result = await handle.result();
      ended.push(result);
    } catch (error) {
      if (!(error instanceof ChildWorkflowFailure)) throw error;
      // Ended from outside: what it did stands in the ledger, and its pages are still open.
      ended.push({ passed: [], trouble: 'pages_ended' });
    }
    inHand.delete(number);
  }
}

async function tell(handle: InHand['handle']): Promise<void> {
  try {
    await handle.signal(stopPagesSignal);
  } catch {
    // It has ended meanwhile, which is what was wanted.
  }
}
