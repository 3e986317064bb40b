import type { Connection } from '@temporalio/client';

/** A worker asks for work at least once a minute; one that has not for longer is gone. */
const FRESH_MS = 90_000;
const CALL_MS = 8_000;

/** The two kinds of tasks, as the Temporal API numbers them (enums.v1.TaskQueueType). */
const KINDS = { workflows: 1, activities: 2 } as const;

export type TaskKind = keyof typeof KINDS;

export interface Pollers {
  readonly live: number;
  /** Milliseconds since any worker last asked; `undefined` if none did of late. */
  readonly lastAgeMs: number | undefined;
}

/** Workers that ask a task queue for work. */
export async function pollersOf(
  connection: Connection,
  input: { readonly namespace: string; readonly queue: string; readonly kind: TaskKind },
): Promise<Pollers> {
  const { pollers } = await connection.withDeadline(Date.now() + CALL_MS, () =>
    connection.workflowService.describeTaskQueue({
      namespace: input.namespace,
      taskQueue: { name: input.queue },
      // oxlint-disable-next-line typescript/no-unsafe-enum-assignment -- the SDK does not export the enum
      taskQueueType: KINDS[input.kind],
    }),
  );
  const ages = (pollers ?? [])
    .map(({ lastAccessTime }) => Date.now() - Number(lastAccessTime?.seconds ?? 0) * 1000)
    .toSorted((a, b) => a - b);
  return { live: ages.filter((age) => age < FRESH_MS).length, lastAgeMs: ages[0] };
}
