import type { Profile } from './resolved.ts';

/** Whose a schedule is: written into its memo when it is made, and never changed. */
export interface Owner {
  readonly profile: Profile;
  /** TEMPORAL_TASK_QUEUE of the installation, also where a flow of its own queue is started. */
  readonly taskQueue: string;
}

/** What a schedule on the server says about its owner; `managedBy` is ours alone. */
export interface OwnershipMemo {
  readonly managedBy?: unknown;
  readonly profile?: unknown;
  readonly taskQueue?: unknown;
}

const MANAGER = 'sluice';

export function ownershipMemo({ profile, taskQueue }: Owner): Record<string, string> {
  return { managedBy: MANAGER, profile, taskQueue };
}

/**
 * Whether this installation may change or delete a schedule. Those of Sluice 0.1.0 say only who manages them; they are
 * of production, and ours when they start flows on our queue.
 * @param schedule.startsOn task queue of its action
 */
export function isOwned(
  { memo, startsOn }: { readonly memo: OwnershipMemo; readonly startsOn: string },
  { profile, taskQueue }: Owner,
): boolean {
  if (memo.managedBy !== MANAGER) return false;
  if (memo.profile === undefined && memo.taskQueue === undefined) {
    return profile === 'production' && startsOn === taskQueue;
  }
  return memo.profile === profile && memo.taskQueue === taskQueue;
}
