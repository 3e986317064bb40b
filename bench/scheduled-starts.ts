import { setTimeout as pause } from 'node:timers/promises';
import type { Client } from '@temporalio/client';
import { slotText } from '../domain/occurrence.ts';
import type { Due } from './catalogue-files.ts';
import { wrong } from './measured-stack.ts';

/** How one scheduled run began, in ms after the time that its schedule named. */
export interface Start {
  /** A worker took its first workflow task. */
  readonly firstTask: number;
  /** Its slot was claimed in our database: the flow itself begins. */
  readonly claimed: number;
}

const ASK_EVERY_MS = 1000;

/**
 * Waits until the runs of all these schedules have completed, then reads from their histories how late they began.
 * @throws SluiceError when one failed, or did not end in time
 */
export async function startsOf(
  client: Client,
  { due, limitMs }: { readonly due: readonly Due[]; readonly limitMs: number },
): Promise<readonly Start[]> {
  const times = due.map(({ at }) => at);
  // Nobody asks while starts are under way: the server shares its cores with whoever does.
  await pause(Math.max(0, Math.max(...times) - Date.now()) + 5 * ASK_EVERY_MS);
  const since = slotText(new Date(Math.min(...times)));
  const query = `TemporalScheduledById IS NOT NULL AND StartTime >= '${since}'`;
  for (const end = Date.now() + limitMs; ; await pause(ASK_EVERY_MS)) {
    const { count } = await client.workflow.count(`${query} AND ExecutionStatus = 'Completed'`);
    if (count === due.length) break;
    if (Date.now() < end) continue;
    const { groups } = await client.workflow.count(`${query} GROUP BY ExecutionStatus`);
    const found = groups.map((group) => `${group.count} ${String(group.groupValues[0])}`).join(', ');
    throw wrong(
      `of ${due.length} scheduled runs there are only: ${found} (a start more than a minute late is dropped by Temporal)`,
    );
  }
  const starts: Start[] = [];
  for (const one of due) starts.push(await startOf(client, one));
  return starts;
}

async function startOf(client: Client, { id, at }: Due): Promise<Start> {
  const workflowId = `${id}-${slotText(new Date(at))}`;
  const { events } = await client.workflow.getHandle(workflowId).fetchHistory();
  const after = (event: NonNullable<typeof events>[number] | undefined) => {
    const { seconds, nanos } = event?.eventTime ?? {};
    if (seconds === undefined || seconds === null) throw wrong(`${workflowId} did not run as it should`);
    return Number(seconds) * 1000 + (nanos ?? 0) / 1e6 - at;
  };
  return {
    firstTask: after(events?.find((event) => event.workflowTaskStartedEventAttributes)),
    // The first activity of every scheduled run is the claim of its slot.
    claimed: after(events?.find((event) => event.activityTaskCompletedEventAttributes)),
  };
}

/** The value that a share of all values does not exceed (nearest rank). @param share 0 to 1 */
export function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN;
}
