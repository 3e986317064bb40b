import {
  audiencePage,
  type Candidate,
  suppressionsOfMany,
  type ZoneFilter,
} from '../db/campaign-audience.ts';
import type { Wave } from '../db/campaign-runs.ts';
import { armsOfPeople } from '../db/exposures.ts';
import type { Executor } from '../db/pool.ts';
import { type CampaignDefinition, experimentOf } from '../domain/campaigns/definition.ts';
import { drawArm } from '../domain/journeys/split.ts';
import { HOLDOUT } from '../domain/journeys/steps.ts';
import { mayISend } from '../domain/sending/may-i-send.ts';
import type { MailScope } from '../domain/sending/scopes.ts';

/** Some hundred people at a time: one statement for each thing that is asked about them. */
export const PEOPLE_A_PAGE = 500;

export interface PageDeps {
  /** Keyed hash of a canonical address (mail/keys.ts). */
  readonly hashAddress: (canonicalEmail: string) => string;
  readonly templates: { get(name: string): { readonly scope: MailScope } };
}

/** Somebody of the audience, with what is decided about them when it is frozen. */
export interface Planned extends Candidate {
  readonly arm: string | undefined;
  /** Why they get nothing; undefined: a mail is written for them. */
  readonly leftOut: string | undefined;
}

/** The next people of a wave, in the order of their numbers; fewer than PEOPLE_A_PAGE: these were the last. */
export async function planPage(
  db: Executor,
  {
    definition,
    waves,
    wave,
    after,
    upTo,
    deps,
    now,
  }: {
    readonly definition: CampaignDefinition;
    readonly waves: readonly Wave[];
    readonly wave: Wave;
    readonly after: number;
    readonly upTo: number;
    readonly deps: PageDeps;
    readonly now: Date;
  },
): Promise<readonly Planned[]> {
  const { audience } = definition;
  const people = await audiencePage(db, {
    audience,
    zones: zonesOf(wave, waves),
    after,
    upTo,
    most: PEOPLE_A_PAGE,
  });
  const hashes = new Map(people.map(({ id, email }) => [id, deps.hashAddress(email)]));
  const [suppressed, arms] = await Promise.all([
    suppressionsOfMany(db, [...hashes.values()]),
    armsOf(db, { definition, people }),
  ]);
  return people.map((person) => {
    const arm = arms.get(person.id);
    const template =
      (arm === undefined ? undefined : definition.arms?.[arm]?.template) ?? definition.template;
    const verdict = mayISend({
      now,
      dueAt: now,
      scope: deps.templates.get(template).scope,
      consent: person.consent,
      zone: 'UTC',
      suppressions: suppressed.get(hashes.get(person.id) ?? '') ?? [],
      recentMarketing: [],
      // When it may go out is asked when it is due.
      policy: { uncertain: 'hold' },
    });
    const refusal = verdict.answer === 'never' ? verdict.reason : undefined;
    return { ...person, arm, leftOut: refusal ?? (arm === HOLDOUT ? HOLDOUT : undefined) };
  });
}

function zonesOf(wave: Wave, waves: readonly Wave[]): ZoneFilter {
  return wave.isRest
    ? { butNot: waves.filter((one) => one !== wave).flatMap(({ zones }) => zones) }
    : { zones: wave.zones };
}

/** What was drawn for somebody once stays, whatever the weights are now. */
async function armsOf(
  db: Executor,
  {
    definition: { id, arms },
    people,
  }: { readonly definition: CampaignDefinition; readonly people: readonly Candidate[] },
): Promise<ReadonlyMap<number, string>> {
  if (arms === undefined) return new Map();
  const experiment = experimentOf(id);
  const weights = Object.fromEntries(Object.entries(arms).map(([arm, { weight }]) => [arm, weight]));
  const known = await armsOfPeople(db, { experiment, contactIds: people.map((person) => person.id) });
  return new Map(
    people.map(({ id: contactId }) => {
      const drawn = known.get(contactId);
      const isThere = drawn !== undefined && Object.hasOwn(arms, drawn);
      return [contactId, isThere ? drawn : drawArm({ experiment, contactId, weights })];
    }),
  );
}
