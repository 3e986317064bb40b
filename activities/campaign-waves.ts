import { audienceZones } from '../db/campaign-audience.ts';
import type { Wave } from '../db/campaign-runs.ts';
import type { Executor } from '../db/pool.ts';
import type { CampaignDefinition } from '../domain/campaigns/definition.ts';
import { dependsOnZone, dueFor } from '../domain/campaigns/due.ts';

/**
 * When whose mails are due: people whose zones give the same instant are one wave. Zones are few where people are many, so
 * the time is found once for each zone; whoever has none, or one that this machine does not know, has the fallback.
 * @returns the earliest first; one of them has all whom no other has, also those whose zone is told later.
 */
export async function planWaves(
  db: Executor,
  {
    definition,
    asOf,
    upTo,
    contactTimezone,
  }: {
    readonly definition: CampaignDefinition;
    readonly asOf: Date;
    readonly upTo: number;
    readonly contactTimezone: string;
  },
): Promise<readonly Wave[]> {
  const restAt = dueFor(definition, { asOf, zone: contactTimezone }).toISOString();
  if (!dependsOnZone(definition)) return [{ dueAt: restAt, zones: [], isRest: true }];
  const zones = await audienceZones(db, { audience: definition.audience, upTo });
  const known = zones.filter((zone) => zone !== null && isZone(zone)) as readonly string[];
  const byTime = Map.groupBy(known, (zone) => dueFor(definition, { asOf, zone }).toISOString());
  const others = [...byTime].filter(([dueAt]) => dueAt !== restAt);
  return [
    { dueAt: restAt, zones: byTime.get(restAt) ?? [], isRest: true },
    ...others.map(([dueAt, sameTime]) => ({ dueAt, zones: sameTime, isRest: false })),
  ].toSorted((a, b) => (a.dueAt < b.dueAt ? -1 : 1));
}

function isZone(zone: string): boolean {
  try {
    return Intl.DateTimeFormat('en', { timeZone: zone }).resolvedOptions().timeZone !== '';
  } catch {
    return false;
  }
}
