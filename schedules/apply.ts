import { messageOf, SluiceError } from '../domain/errors.ts';
import { mapBounded } from './bounded.ts';
import type { Change } from './compare.ts';
import { converge } from './converge.ts';
import type { Owner } from './ownership.ts';
import { type PlanInput, type PlannedSchedule, planSchedules } from './plan.ts';
import { deleteOwned } from './remove.ts';
import { renameSchedule } from './rename.ts';
import type { ResolvedSchedule } from './resolved.ts';

export type Outcome =
  | 'created'
  | 'updated'
  | 'renamed'
  | 'deleted'
  | 'unchanged'
  | 'finished'
  /** Somebody else's schedule has the id; untouched. */
  | 'foreign'
  | 'failed';

export interface AppliedSchedule {
  readonly id: string;
  readonly outcome: Outcome;
  readonly changes: readonly Change[];
  /** Of a renamed one: its old id. */
  readonly from?: string;
  /** Of a failed one. */
  readonly error?: string;
}

export interface ApplyInput extends PlanInput {
  readonly onProgress?: (progress: { readonly done: number; readonly of: number }) => void;
}

/** Writes that may be under way at a time. */
const WRITES_AT_ONCE = 16;

/**
 * Makes the server what the catalogue says. Touches nothing that is not ours; keeps pauses, notes and exceptions of
 * operators, whenever they come; safe beside another apply of the same catalogue. What fails is listed, and stops nobody
 * else.
 */
export async function applySchedules(input: ApplyInput): Promise<readonly AppliedSchedule[]> {
  return applyPlan({ ...input, plan: await planSchedules(input) });
}

/** Carries a plan out. Each step looks again before it writes, so a plan may be old. */
export async function applyPlan({
  plan,
  client,
  profile,
  taskQueue,
  now,
  onProgress,
}: ApplyInput & { readonly plan: readonly PlannedSchedule[] }): Promise<readonly AppliedSchedule[]> {
  let done = 0;
  return mapBounded(plan, {
    atOnce: WRITES_AT_ONCE,
    async work(planned) {
      const applied = await applyOne(planned, {
        client,
        owner: { profile, taskQueue, declaredIn: 'catalogue' },
        now,
      });
      done += 1;
      onProgress?.({ done, of: plan.length });
      return applied;
    },
  });
}

interface Surroundings extends Pick<ApplyInput, 'client' | 'now'> {
  readonly owner: Owner;
}

async function applyOne(planned: PlannedSchedule, around: Surroundings): Promise<AppliedSchedule> {
  const { id, changes } = planned;
  try {
    switch (planned.action) {
      case 'unchanged':
      case 'finished':
      case 'foreign':
        return { id, outcome: planned.action, changes };
      case 'create':
      case 'update':
        return { id, outcome: (await converge(planned.schedule, around)).outcome, changes };
      case 'rename': {
        const { schedule, from } = planned;
        const { client, owner, now } = around;
        await renameSchedule({ client, schedule, from, owner, now });
        return { id, outcome: await renamedTo(schedule, around), changes, from };
      }
      default: {
        const { client, owner } = around;
        await deleteOwned({ client, id, owner });
        return { id, outcome: 'deleted', changes };
      }
    }
  } catch (error) {
    return { id, outcome: 'failed', changes, error: reasonOf(error) };
  }
}

async function renamedTo(schedule: ResolvedSchedule, around: Surroundings): Promise<Outcome> {
  const { outcome } = await converge(schedule, around);
  return outcome === 'foreign' ? 'foreign' : 'renamed';
}

function reasonOf(error: unknown): string {
  if (error instanceof SluiceError && error.hint !== undefined) return `${error.message}. ${error.hint}`;
  // The SDK says what it tried, its cause why that failed.
  const cause = error instanceof Error && error.cause instanceof Error ? `: ${messageOf(error.cause)}` : '';
  return `${messageOf(error)}${cause}`;
}
