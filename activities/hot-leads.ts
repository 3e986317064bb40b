import { Context } from '@temporalio/activity';
import { ensureContacts } from '../db/contacts.ts';
import {
  claimCall,
  countUntold,
  dropNotices,
  dropStaleNews,
  type HotLead,
  hotLeadKey,
  noteMailsPlanned,
  settleCall,
  settleLostCalls,
  untoldLeads,
} from '../db/hot-leads.ts';
import { loadPerson } from '../db/journey-people.ts';
import { scoringState } from '../db/lead-scoring.ts';
import { batchState } from '../db/message-batches.ts';
import type { Database } from '../db/pool.ts';
import { SluiceError } from '../domain/errors.ts';
import { hotLeadNews, hotLeadParams } from '../domain/hot-lead-news.ts';
import { scoringHour } from '../domain/lead-score.ts';
import { notificationBody } from '../domain/notification.ts';
import { callChannel } from './channel-call.ts';
import { type PlanDeps, type PlannedMessage, prepareBatch } from './message-batches.ts';

export interface HotLeadDeps {
  readonly database: Database;
  /** Slack or Discord style webhook; undefined: nobody is told that way. */
  readonly channelUrl: string | undefined;
  /** Canonical addresses of colleagues; none: nobody is told by mail. */
  readonly recipients: readonly string[];
  /** IANA zone of the times that sales reads. */
  readonly timezone: string;
  /** What mails are written down with; undefined while settings for mails are missing: they wait. */
  readonly mail: PlanDeps | undefined;
  readonly mailTaskQueue: string;
  readonly dryRun: boolean;
  readonly callTimeoutMs?: number;
  readonly now?: () => Date;
}

/** Whom sales is still to be told of, by each way. */
export interface UntoldCounts {
  readonly channel: number;
  readonly mail: number;
}

export interface HotLeadPlan extends UntoldCounts {
  readonly dryRun: boolean;
  /** Whose news is none any more: cold again, hot again since, erased, or there is nobody to tell. */
  readonly dropped: number;
  /** Where mails are sent; undefined: none can be. */
  readonly mailTaskQueue: string | undefined;
  /** Mails of earlier checks that are not out yet. */
  readonly mailsOpen: number;
}

export interface ToldChannel {
  readonly told: number;
  readonly more: boolean;
  readonly pauseMs?: number;
}

/** Before the next try at a channel that took some news and then no more. */
const PAUSE_MS = 1_000;
/** All mails about hot leads are one batch, so that each check sends what an earlier one could not. */
const BATCH = 'hot-lead';
const TEMPLATE = 'hot-lead';
/** A call takes 15 s at most; what is under way for longer has lost its worker. */
const LOST_AFTER_MS = 60_000;

export function createHotLeadActivities(deps: HotLeadDeps) {
  const { database, channelUrl, recipients, timezone, mail, dryRun, now = () => new Date() } = deps;
  const db = database.orm;

  return {
    /** Whether the leads have been scored as of the hour of a logical time (ISO 8601). */
    async isHourScored({ asOf }: { readonly asOf: string }): Promise<boolean> {
      const { lastDone } = await scoringState(db);
      return lastDone !== undefined && lastDone >= scoringHour(new Date(asOf));
    },

    /** Puts aside what is no news any more, and says what there is to tell. A dry run changes nothing. */
    async planHotLeads({ dryRun: asked }: { readonly dryRun: boolean }): Promise<HotLeadPlan> {
      const mailTaskQueue = mail === undefined ? undefined : deps.mailTaskQueue;
      if (dryRun || asked) {
        return { dryRun: true, dropped: 0, mailTaskQueue, mailsOpen: 0, ...(await countUntold(db)) };
      }
      await settleLostCalls(db, { before: new Date(now().getTime() - LOST_AFTER_MS), now: now() });
      let dropped = await dropStaleNews(db);
      if (channelUrl === undefined)
        dropped += await dropNotices(db, { notice: 'channel', reason: 'channel_off' });
      if (recipients.length === 0)
        dropped += await dropNotices(db, { notice: 'mail', reason: 'no_recipients' });
      const { open: mailsOpen } = await batchState(db, { batch: BATCH, now: now() });
      return { dryRun: false, dropped, mailTaskQueue, mailsOpen, ...(await countUntold(db)) };
    },

    /**
     * Tells the channel of some hot leads, one after the other. Each is claimed before the call, so that it is told once: a
     * call that was certainly not taken is made again, one that nobody can tell of is not.
     * @returns how many were told, and whether there may be more, after a pause where the channel asks for one.
     * @throws SluiceError `channel_down`, to be tried again, when it is so from the first one on
     */
    async tellChannel({ limit }: { readonly limit: number }): Promise<ToldChannel> {
      if (dryRun || channelUrl === undefined) return { told: 0, more: false };
      const leads = await untoldLeads(db, { notice: 'channel', limit });
      let told = 0;
      for (const lead of leads) {
        Context.current().cancellationSignal.throwIfAborted();
        try {
          if (await tell(lead, channelUrl)) told += 1;
        } catch (error) {
          if (told === 0 || !(error instanceof SluiceError)) throw error;
          return { told, more: true, pauseMs: error.retryAfterMs ?? PAUSE_MS };
        }
      }
      return { told, more: leads.length === limit };
    },

    /**
     * Writes mails about some hot leads into the ledger: one a lead, crossing and colleague, by its key.
     * @returns how many leads, and whether there may be more.
     */
    async planHotLeadMails({
      limit,
    }: {
      readonly limit: number;
    }): Promise<{ readonly leads: number; readonly more: boolean }> {
      if (dryRun || mail === undefined || recipients.length === 0) return { leads: 0, more: false };
      const leads = await untoldLeads(db, { notice: 'mail', limit });
      if (leads.length === 0) return { leads: 0, more: false };
      const at = now();
      const facts = recipients.map((email) => ({
        email,
        firstName: undefined,
        name: undefined,
        timezone: undefined,
      }));
      const ids = await ensureContacts(db, { facts, now: at });
      const mails: PlannedMessage[] = [];
      for (const lead of leads) mails.push(...(await mailsAbout(lead, { ids, at })));
      await prepareBatch(mail, { batch: BATCH, messages: mails, now: at });
      await noteMailsPlanned(db, { crossingIds: leads.map(({ crossingId }) => crossingId), now: at });
      return { leads: leads.length, more: leads.length === limit };
    },

    async countUntoldLeads(): Promise<UntoldCounts> {
      return countUntold(db);
    },
  };

  /** @returns whether it is out, as far as anybody can tell. */
  async function tell(lead: HotLead, url: string): Promise<boolean> {
    const { crossingId } = lead;
    const person = await loadPerson(db, lead.contactId);
    if (person === undefined || !(await claimCall(db, { crossingId, now: now() }))) return false;
    const body = notificationBody(url, hotLeadNews({ lead, person, timezone }));
    const { callTimeoutMs: timeoutMs } = deps;
    const outcome = await callChannel({ url, body, ...(timeoutMs === undefined ? {} : { timeoutMs }) });
    const reason = outcome.kind === 'taken' ? undefined : outcome.reason;
    const state = STATES[outcome.kind];
    await settleCall(db, { crossingId, state, reason, now: now() });
    if (outcome.kind !== 'down') return outcome.kind !== 'refused';
    throw new SluiceError(`the sales channel does not take news (${outcome.reason})`, {
      code: 'channel_down',
      sort: 'retry',
      ...(outcome.retryAfterMs === undefined ? {} : { retryAfterMs: outcome.retryAfterMs }),
    });
  }

  async function mailsAbout(
    lead: HotLead,
    { ids, at }: { readonly ids: ReadonlyMap<string, number>; readonly at: Date },
  ): Promise<readonly PlannedMessage[]> {
    const person = await loadPerson(db, lead.contactId);
    if (person === undefined) return [];
    const params = hotLeadParams({ lead, person, timezone });
    return [...ids].map(([email, contactId]) => ({
      key: `${hotLeadKey(lead.contactId)}${lead.number}/${contactId}`,
      kind: 'notification',
      contactId,
      email,
      template: TEMPLATE,
      dueAt: at,
      params,
    }));
  }
}

export type HotLeadActivities = ReturnType<typeof createHotLeadActivities>;

const STATES = { taken: 'told', refused: 'refused', down: 'open', unknown: 'unconfirmed' } as const;
