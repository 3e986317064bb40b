import { addPage, blankErased, lastPage, withholdPlanned } from '../db/campaign-pages.ts';
import type { CampaignRun, Wave } from '../db/campaign-runs.ts';
import { keepArms } from '../db/exposures.ts';
import { type CampaignDefinition, experimentOf, perSecondOf } from '../domain/campaigns/definition.ts';
import { campaignMessageKey, pageBatch } from '../domain/campaigns/run.ts';
import { type PageDeps, PEOPLE_A_PAGE, type Planned, planPage } from './campaign-page.ts';
import { type PlanDeps, type PlannedMessage, prepareBatch } from './message-batches.ts';

export type FreezeDeps = PlanDeps & PageDeps & { readonly now?: () => Date };

interface Freezing {
  readonly run: CampaignRun;
  readonly definition: CampaignDefinition;
  readonly waves: readonly Wave[];
}

/**
 * The mails of a page are there before the page is, and nothing is sent of a page that is not: so a crash in between is
 * mended by doing it again. @returns whether there may be more.
 */
export async function freezePage({ run, definition, waves }: Freezing, deps: FreezeDeps): Promise<boolean> {
  const db = deps.database.orm;
  const now = deps.now ?? (() => new Date());
  const last = await lastPage(db, run.id);
  let index = last?.wave ?? 0;
  let after = last?.lastContactId ?? 0;
  for (let wave = waves[index]; wave !== undefined; wave = waves[index]) {
    const people = await planPage(db, {
      definition,
      waves,
      wave,
      after,
      upTo: run.lastContactId,
      deps,
      now: now(),
    });
    const end = people.at(-1);
    if (end !== undefined) {
      const page = (last?.page ?? 0) + 1;
      const dueAt = paced(new Date(wave.dueAt), { last, definition });
      await writePage({ run, definition, page, people, dueAt }, deps);
      const mails = people.filter(({ leftOut }) => leftOut === undefined).length;
      await addPage(db, {
        runId: run.id,
        page,
        wave: index,
        lastContactId: end.id,
        dueAt,
        people: people.length,
        mails,
        withheld: people.length - mails,
        nextAt: mails === 0 ? null : dueAt,
      });
      return people.length === PEOPLE_A_PAGE || index + 1 < waves.length;
    }
    index += 1;
    after = 0;
  }
  return false;
}

async function writePage(
  {
    run,
    definition,
    page,
    people,
    dueAt,
  }: Omit<Freezing, 'waves'> & {
    readonly page: number;
    readonly people: readonly Planned[];
    readonly dueAt: Date;
  },
  deps: FreezeDeps,
): Promise<void> {
  const db = deps.database.orm;
  const now = deps.now ?? (() => new Date());
  const { campaign, name } = run;
  const keyOf = ({ id }: Planned) => campaignMessageKey({ campaign, name, contactId: id });
  const batch = pageBatch({ runId: run.id, page });
  await keepArms(db, {
    experiment: experimentOf(campaign),
    people: people.flatMap(({ id, arm }) => (arm === undefined ? [] : [{ contactId: id, arm }])),
    now: now(),
  });
  await prepareBatch(deps, {
    batch,
    messages: people.map((person) => mailOf(person, { key: keyOf(person), definition, dueAt })),
    now: now(),
  });
  for (const [reason, them] of Map.groupBy(people, ({ leftOut }) => leftOut)) {
    if (reason !== undefined) await withholdPlanned(db, { keys: them.map(keyOf), reason, now: now() });
  }
  await blankErased(db, { batch, now: now() });
}

function mailOf(
  { id: contactId, arm }: Planned,
  {
    key,
    definition: { template, params, arms },
    dueAt,
  }: { readonly key: string; readonly definition: CampaignDefinition; readonly dueAt: Date },
): PlannedMessage {
  const own = arm === undefined ? undefined : arms?.[arm];
  return {
    key,
    kind: 'campaign',
    contactId,
    template: own?.template ?? template,
    dueAt,
    params: { ...params, ...own?.params },
  };
}

/** At a slow rate pages become due one after the other, so that none is old news only because it had to wait its turn. */
function paced(
  waveAt: Date,
  {
    last,
    definition,
  }: {
    readonly last: { readonly dueAt: Date; readonly mails: number } | undefined;
    readonly definition: CampaignDefinition;
  },
): Date {
  const perSecond = perSecondOf(definition);
  if (perSecond === undefined || last === undefined) return waveAt;
  const turn = last.dueAt.getTime() + (1000 * last.mails) / perSecond;
  return new Date(Math.max(waveAt.getTime(), Math.round(turn)));
}
