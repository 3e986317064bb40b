import { type Client, ScheduleAlreadyRunning, ScheduleNotFoundError } from '@temporalio/client';
import { UsageError } from '../domain/errors.ts';
import { type ScheduleDefinition, scheduleOptions } from './catalogue.ts';

export interface AppliedSchedule {
  readonly id: string;
  readonly outcome: 'created' | 'updated';
}

/** Tells Temporal what the catalogue says. Keeps an operator's pause and note. Safe to repeat and to run twice at once. */
export async function applySchedules(
  client: Client,
  { catalogue, taskQueue }: { readonly catalogue: readonly ScheduleDefinition[]; readonly taskQueue: string },
): Promise<readonly AppliedSchedule[]> {
  const applied: AppliedSchedule[] = [];
  for (const definition of catalogue) {
    const options = scheduleOptions(definition, { taskQueue });
    try {
      await client.schedule.create(options);
      applied.push({ id: definition.id, outcome: 'created' });
    } catch (error) {
      if (!(error instanceof ScheduleAlreadyRunning)) throw error;
      const { spec, action, policies } = options;
      await client.schedule.getHandle(definition.id).update((current) => ({
        state: current.state,
        spec,
        action,
        ...(policies === undefined ? {} : { policies }),
      }));
      applied.push({ id: definition.id, outcome: 'updated' });
    }
  }
  return applied;
}

export interface ScheduleState {
  readonly id: string;
  readonly note: string;
  readonly state: 'active' | 'paused' | 'not applied';
  /** UTC. */
  readonly next: readonly Date[];
  readonly lastRun: Date | undefined;
}

export async function scheduleStates(
  client: Client,
  catalogue: readonly ScheduleDefinition[],
): Promise<readonly ScheduleState[]> {
  return Promise.all(
    catalogue.map(async ({ id, note }) => {
      try {
        const { state, info } = await client.schedule.getHandle(id).describe();
        return {
          id,
          note: state.note ?? note,
          state: state.paused ? ('paused' as const) : ('active' as const),
          next: info.nextActionTimes.slice(0, 5),
          lastRun: info.recentActions.at(-1)?.takenAt,
        };
      } catch (error) {
        if (!(error instanceof ScheduleNotFoundError)) throw error;
        return { id, note, state: 'not applied' as const, next: [], lastRun: undefined };
      }
    }),
  );
}

/** @throws UsageError for an id that Temporal does not know. */
export async function pauseSchedule(
  client: Client,
  { id, note }: { readonly id: string; readonly note: string },
): Promise<void> {
  await onSchedule(id, () => client.schedule.getHandle(id).pause(note));
}

/** @throws UsageError for an id that Temporal does not know. */
export async function resumeSchedule(
  client: Client,
  { id, note }: { readonly id: string; readonly note: string },
): Promise<void> {
  await onSchedule(id, () => client.schedule.getHandle(id).unpause(note));
}

async function onSchedule(id: string, action: () => Promise<void>): Promise<void> {
  try {
    await action();
  } catch (error) {
    if (!(error instanceof ScheduleNotFoundError)) throw error;
    throw new UsageError(
      `there is no schedule "${id}"`,
      'sluice schedules list shows them; sluice schedules apply creates them.',
    );
  }
}
