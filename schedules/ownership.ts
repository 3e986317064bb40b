/** Schedules of a development profile have ids of their own. */
export type Profile = 'production' | 'development';

/** Where it is said what a schedule is: in the catalogue, or in a row of ours for each report. */
export type DeclaredIn = 'catalogue' | 'reports';

/** Whose a schedule is: written into its memo when it is made, and never changed. */
export interface Owner {
  readonly profile: Profile;
  /** TEMPORAL_TASK_QUEUE of the installation, also where a flow of its own queue is started. */
  readonly taskQueue: string;
  /** Undefined: wherever; who operates a schedule need not know. */
  readonly declaredIn?: DeclaredIn;
}

/** What a schedule on the server says about its owner; `managedBy` is ours alone. */
export interface OwnershipMemo {
  readonly managedBy?: unknown;
  readonly profile?: unknown;
  readonly taskQueue?: unknown;
  /** Unset: in the catalogue, also of schedules that are older than reports. */
  readonly declaredIn?: unknown;
}

const MANAGER = 'sluice';

export function ownershipMemo({ profile, taskQueue, declaredIn }: Owner): Record<string, string> {
  const origin: Record<string, string> = declaredIn === 'reports' ? { declaredIn } : {};
  return { managedBy: MANAGER, profile, taskQueue, ...origin };
}

/**
 * Whether this installation may change or delete a schedule. Those of Sluice 0.1.0 say only who manages them; they are
 * of production, and ours when they start flows on our queue.
 * @param schedule.startsOn task queue of its action
 */
export function isOwned(
  { memo, startsOn }: { readonly memo: OwnershipMemo; readonly startsOn: string },
  { profile, taskQueue, declaredIn }: Owner,
): boolean {
  if (memo.managedBy !== MANAGER) return false;
  if (declaredIn !== undefined && (memo.declaredIn ?? 'catalogue') !== declaredIn) return false;
  if (memo.profile === undefined && memo.taskQueue === undefined) {
    return profile === 'production' && startsOn === taskQueue;
  }
  return memo.profile === profile && memo.taskQueue === taskQueue;
}
