/** What our database adds to what Temporal knows of runs; injected, because schedules are also looked at without it. */

/** A slot as the ledger has it; times in UTC. */
export interface LedgerRow {
  readonly scheduleId: string;
  readonly slot: Date;
  readonly state: 'owed' | 'missed' | 'skipped' | 'running' | 'completed' | 'failed' | 'rerun';
  /** Why it was missed or skipped, or the code of its failure. */
  readonly reason: string | null;
  readonly workflowId: string | null;
  /** Of the first run of its chain. */
  readonly runId: string | null;
  readonly claimedAt: Date | null;
  readonly endedAt: Date | null;
}

/** How far the times of a schedule have been looked through for missed ones. */
export interface LedgerWatch {
  readonly scheduleId: string;
  readonly watchedUntil: Date | null;
  /** When the schedule that was looked through was made. */
  readonly scheduleCreatedAt: Date | null;
  /** When it was last seen paused. */
  readonly pausedSeenAt: Date | null;
}

export interface RunLedger {
  /** Slots in the range, both ends included, and those whose runs were at work within it. */
  rowsAround(range: {
    readonly scheduleIds: readonly string[];
    readonly from: Date;
    readonly to: Date;
  }): Promise<readonly LedgerRow[]>;
  /** Slots that were missed and will be made up, in order. */
  owed(scheduleIds: readonly string[]): Promise<readonly LedgerRow[]>;
  /** How far schedules have been looked through for missed times; none of one that never was. */
  watches(scheduleIds: readonly string[]): Promise<readonly LedgerWatch[]>;
}
