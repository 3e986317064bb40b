import type { BatchCounts } from '../sending/message.ts';

/** `paused`: by an operator, or because only an operator can help (`reason`); it goes on where it was. */
export const CAMPAIGN_STATES = ['running', 'paused', 'completed', 'cancelled'] as const;
export type CampaignState = (typeof CAMPAIGN_STATES)[number];

/** What began a run. */
export const CAMPAIGN_STARTERS = ['event', 'schedule', 'manual'] as const;
export type CampaignStarter = (typeof CAMPAIGN_STARTERS)[number];

/** `campaign/<run>/`: all batches of a run begin so. */
export function batchPrefix(runId: number): string {
  return `campaign/${runId}/`;
}

/** The batch of one page in the sending ledger. */
export function pageBatch({ runId, page }: { readonly runId: number; readonly page: number }): string {
  return `${batchPrefix(runId)}${String(page).padStart(6, '0')}`;
}

/** One mail a campaign, run name and person: whatever is started how often, under this key it goes out once. */
export function campaignMessageKey({
  campaign,
  name,
  contactId,
}: {
  readonly campaign: string;
  readonly name: string;
  readonly contactId: number;
}): string {
  return `campaign/${campaign}/${name}/${contactId}`;
}

/** Unique: a second start of the same name finds this run. */
export function runKey({ campaign, name }: { readonly campaign: string; readonly name: string }): string {
  return `${campaign}/${name}`;
}

/** Workflow id of a run that a person starts. */
export function campaignWorkflowId({
  campaign,
  name,
}: {
  readonly campaign: string;
  readonly name: string;
}): string {
  return `campaign/${campaign}/${name}`;
}

export const RUN_NAME = /^[A-Za-z0-9][A-Za-z0-9_.:-]{0,63}$/;

/** What one look at a page has shown. */
export interface PassedPage extends BatchCounts {
  readonly page: number;
  /** When to look again, ISO 8601 UTC; undefined: nothing of it is open. */
  readonly nextAt: string | undefined;
}
