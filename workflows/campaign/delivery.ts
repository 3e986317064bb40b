import { condition, proxyActivities, proxyLocalActivities, workflowInfo } from '@temporalio/workflow';
import type { BegunRun, CampaignActivities, Totals } from '../../activities/campaigns.ts';
import type { NotificationActivities } from '../../activities/notifications.ts';
import type { PassedPage } from '../../domain/campaigns/run.ts';
import type { BatchCounts } from '../../domain/sending/message.ts';
import { AT_HAND, DATABASE_WORK } from '../retries.ts';
import type { Hands } from './hands.ts';
import type { CampaignView } from './messages.ts';
import type { Command, Steering } from './steering.ts';

export interface CampaignEnd extends BatchCounts {
  readonly runId: number;
  readonly state: 'completed' | 'cancelled';
  readonly people: number;
}

const { freezeAudience, cancelPages } = proxyActivities<CampaignActivities>(DATABASE_WORK);
const atHand =
  proxyLocalActivities<Pick<CampaignActivities, 'handOutPages' | 'noteCampaignState' | 'endCampaign'>>(
    AT_HAND,
  );
/** News that are a day old help nobody. */
const { notifyChannel } = proxyActivities<NotificationActivities>({
  ...DATABASE_WORK,
  scheduleToCloseTimeout: '1 day',
});

/** Each costs about ten events here. */
const CHILDREN_A_RUN = 200;
/** Pages are handed out so long before they are due (activities/campaigns.ts). */
const AHEAD_MS = 15 * 60_000;
const SHORTEST_MS = 1_000;
const AFTER_TROUBLE_MS = 60_000;

/** Brings a run to its end, or (`continue`) to where it should go on as a new one. */
export function createDelivery({
  run,
  hands,
  steered,
}: {
  readonly run: BegunRun;
  readonly hands: Hands;
  readonly steered: Steering;
}): { work(): Promise<CampaignEnd | 'continue'> } {
  const { runId, campaign: id } = run;
  const last = hands.next + CHILDREN_A_RUN;
  let isFrozen = run.isFrozen;
  let isClosed = false;
  let pauses = 0;
  /** Looks that are not noted yet. */
  let passed: readonly PassedPage[] = [];
  let totals: Totals | undefined;
  const show = (change: Partial<CampaignView> = {}) =>
    steered.show({ runId, isFrozen, totals, busy: hands.busy().length, ...change }, id);

  return {
    async work() {
      // Its workflow may have been ended from outside while it was paused; whoever started it again wants it to go on.
      if (run.state === 'paused' && steered.command().kind === 'go') await noteState('running', undefined);
      for (;;) {
        const command = steered.command();
        if (command.kind === 'pause') await pause(command.reason);
        else if (command.kind === 'cancel' && !isClosed) await close(command.reason);
        else if (!isFrozen && command.kind === 'go') await freeze();
        else {
          const result = await handOut(command);
          if (result !== undefined) return result;
        }
      }
    },
  };

  async function freeze(): Promise<void> {
    show({ state: 'running', reason: undefined });
    const frozen = await freezeAudience.executeWithOptions({ summary: 'Write the audience down' }, [
      { runId },
    ]);
    isFrozen = frozen.isDone;
    totals = frozen.totals;
  }

  async function handOut(command: Command): Promise<CampaignEnd | 'continue' | undefined> {
    const isLeaving = workflowInfo().continueAsNewSuggested || hands.next >= last;
    const news = take();
    const handed = await atHand.handOutPages.executeWithOptions({ summary: 'Hand out pages' }, [
      {
        runId,
        passed,
        busy: hands.busy(),
        takers: isLeaving || news !== undefined ? 0 : hands.free(),
      },
    ]);
    passed = [];
    totals = handed.totals;
    const state = command.kind === 'cancel' ? 'cancelling' : 'running';
    show({ state, reason: undefined, nextAt: hands.isIdle() ? handed.nextAt : undefined });
    if (news !== undefined) {
      await trouble(news, command);
      return undefined;
    }
    if (handed.pages.length > 0) {
      await hands.give(handed.pages);
      show();
      return undefined;
    }
    if (hands.isIdle() && handed.totals.openPages === 0) return end(command);
    if (hands.isIdle() && isLeaving) return 'continue';
    const wakeAt = hands.free() === 0 || isLeaving ? undefined : handed.nextAt;
    await changed(command, wakeAt === undefined ? undefined : Date.parse(wakeAt) - AHEAD_MS);
    return undefined;
  }

  /** @returns the trouble of a child that has ended. */
  function take(): string | undefined {
    const news = hands.news();
    passed = [...passed, ...news.passed];
    return news.trouble;
  }

  async function trouble(reason: string, command: Command): Promise<void> {
    // What may have gone out must still be settled, so a run that is being cancelled tries again by itself.
    if (command.kind === 'cancel') await condition(() => false, AFTER_TROUBLE_MS);
    else if (steered.command().kind === 'go') steered.ask({ kind: 'pause', reason });
  }

  async function pause(reason: string): Promise<void> {
    await putDown();
    await noteState('paused', reason);
    show({ state: 'paused', reason, nextAt: undefined });
    if (reason !== 'operator') tellOperators(reason);
    await condition(() => steered.command().kind !== 'pause');
    if (steered.command().kind === 'go') await noteState('running', undefined);
  }

  /** From here only what may have gone out is open. */
  async function close(reason: string): Promise<void> {
    show({ state: 'cancelling', reason });
    await putDown();
    totals = await cancelPages.executeWithOptions({ summary: 'Close the mails that were not tried' }, [
      { runId, reason },
    ]);
    isClosed = true;
    isFrozen = true;
  }

  /** Takes all pages back and notes what became of them. A trouble of theirs shows again when they are tried again. */
  async function putDown(): Promise<void> {
    await hands.empty();
    take();
    const handed = await atHand.handOutPages.executeWithOptions({ summary: 'Note what was sent' }, [
      { runId, passed, busy: [], takers: 0 },
    ]);
    passed = [];
    totals = handed.totals;
  }

  async function end(command: Command): Promise<CampaignEnd> {
    const state = command.kind === 'cancel' ? 'cancelled' : 'completed';
    const reason = command.kind === 'cancel' ? command.reason : undefined;
    await atHand.endCampaign.executeWithOptions({ summary: `Over: ${state}` }, [{ runId, state, reason }]);
    show({ state, reason, nextAt: undefined });
    const { people = 0, accepted = 0, rejected = 0, withheld = 0, uncertain = 0 } = totals ?? {};
    return { runId, state, people, accepted, rejected, withheld, uncertain };
  }

  async function noteState(state: 'running' | 'paused', reason: string | undefined): Promise<void> {
    await atHand.noteCampaignState.executeWithOptions({ summary: `Is ${state}` }, [{ runId, state, reason }]);
  }

  /** Until a child has ended, somebody asks for something, or the time has come. */
  async function changed(command: Command, until: number | undefined): Promise<void> {
    const isNews = () => hands.hasNews() || steered.command() !== command;
    if (until === undefined) await condition(isNews);
    else await condition(isNews, Math.max(SHORTEST_MS, until - Date.now()));
  }

  function tellOperators(reason: string): void {
    pauses += 1;
    const key = `campaign/${runId}/paused/${workflowInfo().runId}/${pauses}`;
    const text = `Campaign ${id}, run ${runId}, is paused: ${reason}. sluice campaigns resume ${runId} goes on.`;
    notifyChannel({ key, channel: 'operators', contactId: undefined, text }).catch(() => undefined);
  }
}
