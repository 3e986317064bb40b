import {
  ApplicationFailure,
  CancellationScope,
  isCancellation,
  proxyActivities,
  setCurrentDetails,
  sleep,
} from '@temporalio/workflow';
import type { HotLeadActivities, HotLeadPlan } from '../activities/hot-leads.ts';
import { deliverBatch } from './deliver-batch.ts';
import { hourText } from './lead-scoring-details.ts';
import { logicalTime } from './logical-time.ts';
import { scheduledOccurrence } from './occurrence.ts';
import { BREVO_WORK, DATABASE_WORK } from './retries.ts';

export interface HotLeadCheckInput {
  /** Logical time, ISO 8601; unset: that of the schedule, or the start. What is told is what is true at the moment. */
  readonly asOf?: string;
  /** Count only; a worker that runs dry counts whatever is asked. */
  readonly dryRun?: boolean;
}

/** Counts and times only. */
export interface HotLeadCheckResult {
  readonly asOf: string;
  readonly dryRun: boolean;
  /** Leads that are to be told of no more: cold again, hot again since, erased, or there is nobody to tell. */
  readonly dropped: number;
  /** `told` by this run; `waiting` for the next one. */
  readonly channel: { readonly told: number; readonly waiting: number };
  readonly mail: { readonly planned: number; readonly waiting: number };
}

/** A run gives up before the next one is due, which goes on with what is left. */
const PATIENCE = '50 minutes';
/** The scores of the same hour are under way when a check is due; it waits for them so many times so long. */
const LOOKS = 10;
const BETWEEN_LOOKS = '30 seconds';
const LEADS_A_CALL = 20;
const LEADS_A_PAGE = 100;
/** Bounds a run's history; the next check goes on. */
const MOST_PAGES = 200;
/** Of the same name as in activities/hot-leads.ts. */
const BATCH = 'hot-lead';
/** Three days: over a weekend that Brevo was away. Later it helps nobody. */
const FRESH_HOURS = 72;

const database = proxyActivities<HotLeadActivities>(DATABASE_WORK);
/** Like calls to Brevo: an outage costs an attempt a minute. */
const channel = proxyActivities<HotLeadActivities>(BREVO_WORK);

/**
 * Tells sales of hot leads that nobody was told of: the channel and the mails each on their own, so that one that is down
 * does not hold the other.
 * @throws ApplicationFailure `hot_leads_wait` when a way was down for nearly an hour; nothing is lost, the next run goes on.
 */
export async function hotLeadCheck(input: HotLeadCheckInput = {}): Promise<HotLeadCheckResult> {
  const asOf = logicalTime(input.asOf);
  if (input.asOf === undefined && scheduledOccurrence() !== undefined) await scoresOf(asOf);
  const plan = await database.planHotLeads.executeWithOptions(
    { summary: 'Which hot leads is nobody told of' },
    [{ dryRun: input.dryRun ?? false }],
  );
  const { dryRun, dropped } = plan;
  let told = 0;
  let planned = 0;
  const tell = () => setCurrentDetails(describe({ asOf, plan, told, planned }));
  tell();
  if (dryRun) return result({ channel: plan.channel, mail: plan.mail });

  const [byChannel, byMail] = await Promise.all([
    patiently(async () => {
      for (let page = 0, more = plan.channel > 0; more && page < MOST_PAGES; page += 1) {
        const done = await channel.tellChannel.executeWithOptions(
          { summary: `Tell the sales channel (${told} told so far)` },
          [{ limit: LEADS_A_CALL }],
        );
        told += done.told;
        more = done.more;
        tell();
        if (done.pauseMs !== undefined)
          await sleep(done.pauseMs, { summary: 'The channel asks for a pause' });
      }
    }),
    patiently(async () => {
      for (let page = 0, more = plan.mail > 0; more && page < MOST_PAGES; page += 1) {
        const done = await database.planHotLeadMails.executeWithOptions(
          { summary: `Write down mails (about ${planned} leads so far)` },
          [{ limit: LEADS_A_PAGE }],
        );
        planned += done.leads;
        more = done.more;
        tell();
      }
      const { mailTaskQueue, mailsOpen } = plan;
      if (mailTaskQueue === undefined || planned + mailsOpen === 0) return;
      await deliverBatch({
        batch: BATCH,
        mailTaskQueue,
        policy: { freshHours: FRESH_HOURS, uncertain: 'hold' },
      });
    }),
  ]);
  const left = await database.countUntoldLeads.executeWithOptions({ summary: 'Count what is left' }, []);
  const done = result(left);
  for (const end of [byChannel, byMail]) if (end.kind === 'failed') throw end.error;
  const late = [byChannel.kind === 'late' ? 'the sales channel' : '', byMail.kind === 'late' ? 'mails' : ''];
  const ways = late.filter((way) => way !== '').join(' and ');
  if (ways === '') return done;
  throw ApplicationFailure.nonRetryable(
    `${ways} could not be reached for ${PATIENCE}; the next check goes on`,
    'hot_leads_wait',
    done,
  );

  function result(waiting: { readonly channel: number; readonly mail: number }): HotLeadCheckResult {
    return {
      asOf,
      dryRun,
      dropped,
      channel: { told, waiting: waiting.channel },
      mail: { planned, waiting: waiting.mail },
    };
  }
}

/** Else who became hot at ten would be told at eleven. */
async function scoresOf(asOf: string): Promise<void> {
  for (let look = 0; look < LOOKS; look += 1) {
    if (
      await database.isHourScored.executeWithOptions({ summary: 'Are the scores of this hour there' }, [
        { asOf },
      ])
    ) {
      return;
    }
    await sleep(BETWEEN_LOOKS, { summary: 'The scores of this hour are under way' });
  }
}

type End = { readonly kind: 'done' | 'late' } | { readonly kind: 'failed'; readonly error: unknown };

/** How a way ended; whatever that is, the other one goes on. @throws when the whole run is cancelled */
async function patiently(work: () => Promise<void>): Promise<End> {
  try {
    await CancellationScope.withTimeout(PATIENCE, work);
    return { kind: 'done' };
  } catch (error) {
    if (!isCancellation(error)) return { kind: 'failed', error };
    if (CancellationScope.current().consideredCancelled) throw error;
    return { kind: 'late' };
  }
}

function describe({
  asOf,
  plan,
  told,
  planned,
}: {
  readonly asOf: string;
  readonly plan: HotLeadPlan;
  readonly told: number;
  readonly planned: number;
}): string {
  return [
    `As of ${hourText(asOf)}${plan.dryRun ? ' (dry run: nobody is told)' : ''}`,
    '',
    '| | to tell | done |',
    '|---|---:|---:|',
    `| channel | ${plan.channel} | ${told} |`,
    `| mail | ${plan.mail} | ${planned} |`,
    '',
    `No news any more: ${plan.dropped}.`,
  ].join('\n');
}
