import { and, desc, eq, inArray, sql } from 'drizzle-orm';
import { type CampaignDefinition, campaignHash } from '../domain/campaigns/definition.ts';
import { type CampaignStarter, runKey } from '../domain/campaigns/run.ts';
import type { Executor } from './pool.ts';
import { campaignDefinitions, campaignRuns } from './schema-campaigns.ts';

export type CampaignRun = typeof campaignRuns.$inferSelect;

/** People whose mails are due at the same moment: those of `zones`, or (`rest`) all whom no other wave has. */
export interface Wave {
  /** ISO 8601 UTC. */
  readonly dueAt: string;
  readonly zones: readonly string[];
  readonly isRest: boolean;
}

export interface NewCampaignRun {
  readonly definition: CampaignDefinition;
  readonly name: string;
  readonly startedBy: CampaignStarter;
  readonly workflowId: string;
  readonly asOf: Date;
  readonly lastContactId: number;
  readonly waves: readonly Wave[];
  readonly now: Date;
}

/**
 * Writes a run down, once by its key; the definition is kept with it.
 * @returns the run of that key, new or known; where an event's run of the campaign is under way already, that one.
 */
export async function openRun(db: Executor, run: NewCampaignRun): Promise<CampaignRun> {
  const { definition, name, startedBy, workflowId, asOf, lastContactId, waves, now } = run;
  const campaign = definition.id;
  const key = runKey({ campaign, name });
  const hash = campaignHash(definition);
  await db
    .insert(campaignDefinitions)
    .values({ campaign, hash, definition: JSON.stringify(definition), firstUsedAt: now })
    .onDuplicateKeyUpdate({ set: { hash } });
  const exclusiveKey = startedBy === 'event' ? `event/${campaign}` : `run/${key}`;
  await db
    .insert(campaignRuns)
    .values({
      runKey: key,
      exclusiveKey,
      campaign,
      name,
      startedBy,
      workflowId,
      definitionHash: hash,
      asOf,
      lastContactId,
      waves: JSON.stringify(waves),
      state: 'running',
      startedAt: now,
    })
    .onDuplicateKeyUpdate({ set: { runKey: sql`${campaignRuns.runKey}` } });
  const found = (await findRunByKey(db, { campaign, name })) ?? (await findRunBy(db, exclusiveKey));
  if (found === undefined) throw new Error(`run ${key} was written and is not there`);
  return found;
}

export async function findRunByKey(
  db: Executor,
  names: { readonly campaign: string; readonly name: string },
): Promise<CampaignRun | undefined> {
  const [row] = await db
    .select()
    .from(campaignRuns)
    .where(eq(campaignRuns.runKey, runKey(names)));
  return row;
}

async function findRunBy(db: Executor, exclusiveKey: string): Promise<CampaignRun | undefined> {
  const [row] = await db.select().from(campaignRuns).where(eq(campaignRuns.exclusiveKey, exclusiveKey));
  return row;
}

export async function loadCampaignRun(db: Executor, id: number): Promise<CampaignRun | undefined> {
  const [row] = await db.select().from(campaignRuns).where(eq(campaignRuns.id, id));
  return row;
}

/** The definition with which a run began. @throws Error where it is gone, which only a deleted row can bring about */
export async function definitionOfRun(
  db: Executor,
  { campaign, definitionHash: hash }: Pick<CampaignRun, 'campaign' | 'definitionHash'>,
): Promise<CampaignDefinition> {
  const [row] = await db
    .select({ definition: campaignDefinitions.definition })
    .from(campaignDefinitions)
    .where(and(eq(campaignDefinitions.campaign, campaign), eq(campaignDefinitions.hash, hash)));
  if (row === undefined) throw new Error(`there is no definition ${hash} of ${campaign}`);
  return JSON.parse(row.definition) as CampaignDefinition;
}

/** Latest first. */
export async function listCampaignRuns(
  db: Executor,
  { campaign, limit }: { readonly campaign: string | undefined; readonly limit: number },
): Promise<readonly CampaignRun[]> {
  return db
    .select()
    .from(campaignRuns)
    .where(campaign === undefined ? undefined : eq(campaignRuns.campaign, campaign))
    .orderBy(desc(campaignRuns.id))
    .limit(limit);
}

/** Only of a run that is under way. */
export async function noteRunState(
  db: Executor,
  {
    id,
    state,
    reason,
  }: { readonly id: number; readonly state: 'running' | 'paused'; readonly reason: string | undefined },
): Promise<void> {
  await db
    .update(campaignRuns)
    .set({ state, reason: reason ?? null })
    .where(and(eq(campaignRuns.id, id), inArray(campaignRuns.state, ['running', 'paused'])));
}

export async function noteFrozen(
  db: Executor,
  { id, now }: { readonly id: number; readonly now: Date },
): Promise<void> {
  await db
    .update(campaignRuns)
    .set({ frozenAt: sql`COALESCE(${campaignRuns.frozenAt}, ${now})` })
    .where(eq(campaignRuns.id, id));
}

/** Once; from here an event may start the campaign anew. */
export async function closeRun(
  db: Executor,
  {
    id,
    state,
    reason,
    now,
  }: {
    readonly id: number;
    readonly state: 'completed' | 'cancelled';
    readonly reason: string | undefined;
    readonly now: Date;
  },
): Promise<void> {
  await db
    .update(campaignRuns)
    .set({
      state,
      reason: reason ?? null,
      endedAt: now,
      exclusiveKey: sql`CONCAT('run/', ${campaignRuns.runKey})`,
    })
    .where(and(eq(campaignRuns.id, id), inArray(campaignRuns.state, ['running', 'paused'])));
}
