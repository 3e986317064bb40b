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

export interface RunLedger {
  /** Slots in the range, both ends included, and those whose runs were at work within it. */
  rowsAround(range: {
    readonly scheduleIds: readonly string[];
    readonly from: Date;
    readonly to: Date;
  }): Promise<readonly LedgerRow[]>;
  /** Slots that were missed and will be made up, in order. */
  owed(scheduleIds: readonly string[]): Promise<readonly LedgerRow[]>;
  /** Up to when the times of a schedule have been looked through for missed ones; undefined: never. */
  watchedUntil(schedule: {
    readonly id: string;
    readonly formerIds: readonly string[];
  }): Promise<Date | undefined>;
}
