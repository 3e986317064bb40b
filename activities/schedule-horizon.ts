import type { Client } from '@temporalio/client';

/** How far Temporal knows the times of a rule that it can only be told time by time. */
export interface Horizon<At> {
  readonly id: string;
  readonly until: At;
  /** Whether it was told further ones now. */
  readonly rolled: boolean;
}

export interface ScheduleHorizonDeps {
  /** Tells Temporal further times; one schedule that fails stops no other. */
  readonly rollSchedules: (client: Client) => Promise<readonly Horizon<Date>[]>;
}

export function createScheduleHorizonActivities(deps: ScheduleHorizonDeps, getClient: () => Client) {
  return {
    /** Brings all schedules forward. @returns those that are listed time by time, `until` ISO 8601. */
    async rollHorizon(): Promise<readonly Horizon<string>[]> {
      const horizons = await deps.rollSchedules(getClient());
      return horizons.map(({ id, until, rolled }) => ({ id, until: until.toISOString(), rolled }));
    },
  };
}

export type ScheduleHorizonActivities = ReturnType<typeof createScheduleHorizonActivities>;
