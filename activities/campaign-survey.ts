import { highestContactId } from '../db/campaign-audience.ts';
import type { Executor } from '../db/pool.ts';
import type { CampaignDefinition } from '../domain/campaigns/definition.ts';
import { type PageDeps, PEOPLE_A_PAGE, type Planned, planPage } from './campaign-page.ts';
import { planWaves } from './campaign-waves.ts';

/** What a campaign would do now; counts only. */
export interface Survey {
  /** All whom the audience's condition fits. */
  readonly people: number;
  /** Those of them who would get a mail. */
  readonly mails: number;
  /** The others, by reason. */
  readonly leftOut: Readonly<Record<string, number>>;
  /** People who would get a mail, by arm; empty without arms. */
  readonly arms: Readonly<Record<string, number>>;
  /** When they are due, the earliest first; ISO 8601 UTC. A slow rate makes it later. */
  readonly due: readonly { readonly at: string; readonly zones: readonly string[]; readonly mails: number }[];
}

/**
 * Goes through the audience as a run would, by the same rules, and writes nothing. Cap, window and freshness are asked when
 * a mail is due, so they leave nobody out here.
 * @param onPerson everybody of the audience, in the order in which they would be due
 */
export async function surveyCampaign(
  db: Executor,
  {
    definition,
    asOf,
    deps,
    now,
    onPerson = () => undefined,
  }: {
    readonly definition: CampaignDefinition;
    readonly asOf: Date;
    readonly deps: PageDeps & { readonly contactTimezone: string };
    readonly now: Date;
    readonly onPerson?: (person: Planned & { readonly dueAt: string }) => void;
  },
): Promise<Survey> {
  const upTo = await highestContactId(db);
  const waves = await planWaves(db, { definition, asOf, upTo, contactTimezone: deps.contactTimezone });
  const leftOut: Record<string, number> = {};
  const arms: Record<string, number> = {};
  const due: { at: string; zones: readonly string[]; mails: number }[] = [];
  let people = 0;
  for (const wave of waves) {
    const slot = { at: wave.dueAt, zones: wave.zones, mails: 0 };
    let page: readonly Planned[] = [];
    do {
      const after = page.at(-1)?.id ?? 0;
      page = await planPage(db, { definition, waves, wave, after, upTo, deps, now });
      people += page.length;
      for (const person of page) {
        onPerson({ ...person, dueAt: wave.dueAt });
        if (person.leftOut === undefined) {
          slot.mails += 1;
          if (person.arm !== undefined) arms[person.arm] = (arms[person.arm] ?? 0) + 1;
        } else leftOut[person.leftOut] = (leftOut[person.leftOut] ?? 0) + 1;
      }
    } while (page.length === PEOPLE_A_PAGE);
    if (slot.mails > 0) due.push(slot);
  }
  return { people, mails: due.reduce((sum, { mails }) => sum + mails, 0), leftOut, arms, due };
}
