import { type Client, ScheduleNotFoundError, WorkflowNotFoundError } from '@temporalio/client';
import { defineSearchAttributeKey, SearchAttributeType } from '@temporalio/common';
import { slotText } from '../domain/occurrence.ts';
import { fateNamed, type RunFate } from '../domain/run-fate.ts';

/** What the Temporal service knows of schedules and of the runs that they started. */

const SCHEDULED_START = defineSearchAttributeKey('TemporalScheduledStartTime', SearchAttributeType.DATETIME);

/** Pauses a schedule; one that is paused keeps the note that it has. @param note at most 1000 bytes */
export async function pauseUnlessPaused(
  client: Client,
  { id, note }: { readonly id: string; readonly note: string },
): Promise<void> {
  const schedule = client.schedule.getHandle(id);
  try {
    const { state } = await schedule.describe();
    if (!state.paused) await schedule.pause(note);
  } catch (error) {
    if (!(error instanceof ScheduleNotFoundError)) throw error;
  }
}

/** Asks for runs of exactly these slots, one after the other. @param until the last instant at which each may start */
export async function askForSlots(
  client: Client,
  {
    id,
    slots,
  }: { readonly id: string; readonly slots: readonly { readonly slot: Date; readonly until: Date }[] },
): Promise<void> {
  const ranges = slots.map(({ slot, until }) => ({
    start: slot,
    end: until,
    overlap: 'BUFFER_ALL' as const,
  }));
  await client.schedule.getHandle(id).backfill(ranges);
}

/** Slots between the instants (seconds, both included) for which the schedule has started a run. Lags by seconds. */
export async function startedSlots(
  client: Client,
  {
    scheduleIds,
    from,
    to,
  }: { readonly scheduleIds: readonly string[]; readonly from: number; readonly to: number },
): Promise<ReadonlySet<number>> {
  const ids = scheduleIds.map((id) => `'${id.replaceAll("'", "\\'")}'`).join(', ');
  const query = `TemporalScheduledById IN (${ids}) AND TemporalScheduledStartTime BETWEEN '${text(from)}' AND '${text(to)}'`;
  const slots = new Set<number>();
  for await (const { typedSearchAttributes } of client.workflow.list({ query, pageSize: 1000 })) {
    const at = typedSearchAttributes.get(SCHEDULED_START);
    if (at !== undefined) slots.add(Math.floor(at.getTime() / 1000));
  }
  return slots;
}

/** Whether the schedule has started a run for the slot; exact, unlike a list of runs. */
export async function hasRun(
  client: Client,
  { scheduleIds, slot }: { readonly scheduleIds: readonly string[]; readonly slot: number },
): Promise<boolean> {
  for (const id of scheduleIds) {
    if ((await describe(client, { workflowId: `${id}-${text(slot)}` })) !== undefined) return true;
  }
  return false;
}

function text(seconds: number): string {
  return slotText(new Date(seconds * 1000));
}

interface Described {
  /** `ended`: it is closed, and Temporal does not say how: continued as another run, or forgotten. */
  readonly fate: RunFate | 'ended';
  readonly closedAt: Date | undefined;
}

/**
 * What became of a chain of runs.
 * @param runId of its first run
 */
export async function fateOf(
  client: Client,
  { workflowId, runId }: { readonly workflowId: string; readonly runId: string },
): Promise<Described> {
  const latest = await describe(client, { workflowId });
  if (latest?.firstRunId === runId) return latest;
  // Only one run of an id is ever open, so an earlier chain is closed.
  const first = latest && (await describe(client, { workflowId, runId }));
  return first === undefined || first.fate === 'running' ? { fate: 'ended', closedAt: undefined } : first;
}

async function describe(
  client: Client,
  { workflowId, runId }: { readonly workflowId: string; readonly runId?: string },
): Promise<(Described & { readonly firstRunId: string }) | undefined> {
  try {
    const { raw, status, closeTime, ...run } = await client.workflow.getHandle(workflowId, runId).describe();
    return {
      // Servers before 1.25 do not name it.
      firstRunId: raw.workflowExecutionInfo?.firstRunId || run.runId,
      fate: fateNamed(status.name) ?? 'ended',
      closedAt: closeTime,
    };
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return undefined;
    throw error;
  }
}
