import type { Client } from '@temporalio/client';
import { mapBounded } from './bounded.ts';
import { type Change, compare, declaredInWords } from './compare.ts';
import { isOwned, type Owner } from './ownership.ts';
import { timesBetween } from './recurrence/times.ts';
import type { ResolvedSchedule } from './resolved.ts';
import { describeSchedule, type ServerSchedule } from './server/describe.ts';
import { listSchedules } from './server/list.ts';

export interface PlanInput extends Owner {
  readonly client: Client;
  readonly catalogue: readonly ResolvedSchedule[];
  readonly now: Date;
}

interface Planned {
  readonly id: string;
  readonly changes: readonly Change[];
}

/** What `apply` would do about one id. */
export type PlannedSchedule = Planned &
  (
    | {
        readonly action: 'create' | 'update' | 'unchanged';
        readonly schedule: ResolvedSchedule;
        readonly held: ServerSchedule | undefined;
      }
    /** Made under its new id with the state of the old one, which goes. */
    | { readonly action: 'rename'; readonly schedule: ResolvedSchedule; readonly from: string }
    /** Ours, and no longer in the catalogue. */
    | { readonly action: 'delete' }
    /** Without a time to come; the server drops such a schedule after seven days, so that there is nothing to do. */
    | { readonly action: 'finished'; readonly schedule: ResolvedSchedule }
    /** In the catalogue, and on the server somebody else's: never touched. */
    | { readonly action: 'foreign' }
  );

/** Questions to the server that may be open at a time; with more of them each only waits longer. */
export const AT_ONCE = 16;

/**
 * Compares the catalogue with the server, in the order of the catalogue, deletions last. Changes nothing.
 * What is to be deleted comes from the server's list, which may lag some seconds behind.
 */
export async function planSchedules({
  client,
  catalogue,
  now,
  ...installation
}: PlanInput): Promise<readonly PlannedSchedule[]> {
  // Those of reports are for `syncReport`, which knows their rows.
  const owner: Owner = { ...installation, declaredIn: 'catalogue' };
  const [entries, listed] = await Promise.all([
    mapBounded(catalogue, {
      atOnce: AT_ONCE,
      work: (schedule) => planEntry({ client, schedule, owner, now }),
    }),
    listOurs(client, owner),
  ]);
  const declared = new Set(catalogue.map(({ id }) => id));
  const renamed = new Set(entries.map((entry) => (entry.action === 'rename' ? entry.from : undefined)));
  const others = listed.filter((id) => !declared.has(id) && !renamed.has(id));
  const orphans = await mapBounded(others, {
    atOnce: AT_ONCE,
    work: (id) => findOwned({ client, id, owner }),
  });
  return [
    ...entries,
    ...orphans
      .flatMap((orphan) => orphan?.id ?? [])
      .sort()
      .map((id): PlannedSchedule => ({ id, action: 'delete', changes: [] })),
  ];
}

/** Whether there is anything for `apply` to do. */
export function isPending({ action }: PlannedSchedule): boolean {
  return action === 'create' || action === 'update' || action === 'rename' || action === 'delete';
}

/** A rule, or a list of times, that is over. */
export function isFinished({ recurrence }: ResolvedSchedule, { now }: { readonly now: Date }): boolean {
  const after = Math.floor(now.getTime() / 1000);
  return recurrence.kind === 'rules' && timesBetween(recurrence, { after, count: 1 }).length === 0;
}

/** @returns undefined where there is none, or it is not ours. */
export async function findOwned({
  client,
  id,
  owner,
}: {
  readonly client: Client;
  readonly id: string;
  readonly owner: Owner;
}): Promise<ServerSchedule | undefined> {
  const found = await describeSchedule(client, id);
  return found !== undefined && isOurs(found, owner) ? found : undefined;
}

export function isOurs({ memo, action }: ServerSchedule, owner: Owner): boolean {
  return isOwned({ memo, startsOn: action.taskQueue }, owner);
}

async function planEntry({
  client,
  schedule,
  owner,
  now,
}: {
  readonly client: Client;
  readonly schedule: ResolvedSchedule;
  readonly owner: Owner;
  readonly now: Date;
}): Promise<PlannedSchedule> {
  const { id } = schedule;
  const held = await describeSchedule(client, id);
  if (held !== undefined) {
    if (!isOurs(held, owner)) return { id, action: 'foreign', changes: [] };
    const { changes } = compare(schedule, { held, now });
    return { id, action: changes.length === 0 ? 'unchanged' : 'update', changes, schedule, held };
  }
  for (const from of schedule.formerIds) {
    const former = await findOwned({ client, id: from, owner });
    if (former === undefined) continue;
    const { changes } = compare(schedule, { held: former, now });
    return {
      id,
      action: 'rename',
      from,
      changes: changes.filter(({ field }) => field !== 'workflow id'),
      schedule,
    };
  }
  if (isFinished(schedule, { now })) return { id, action: 'finished', changes: [], schedule };
  return { id, action: 'create', changes: declaredInWords(schedule), schedule, held: undefined };
}

/** Ids of what is ours by its memo; of one of 0.1.0 only its action tells. */
async function listOurs(client: Client, owner: Owner): Promise<readonly string[]> {
  const ids: string[] = [];
  for await (const { id, memo } of listSchedules(client)) {
    if (isOwned({ memo, startsOn: owner.taskQueue }, owner)) ids.push(id);
  }
  return ids;
}
