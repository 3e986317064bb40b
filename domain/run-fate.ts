/** What became of a run, in our words. */
export type RunFate = 'running' | 'completed' | 'failed' | 'cancelled' | 'terminated' | 'timed_out';

const FATES: Readonly<Record<string, RunFate>> = {
  RUNNING: 'running',
  PAUSED: 'running',
  COMPLETED: 'completed',
  FAILED: 'failed',
  CANCELLED: 'cancelled',
  TERMINATED: 'terminated',
  TIMED_OUT: 'timed_out',
};

/**
 * @param status as Temporal names it, in capitals
 * @returns undefined for a status that is no fate, like that of a run which goes on as another.
 */
export function fateNamed(status: string): RunFate | undefined {
  return FATES[status];
}
