import { randomUUID } from 'node:crypto';
import { type Client, WorkflowFailedError } from '@temporalio/client';
import type { FunnelSyncPlan } from '../activities/funnel-sync-plan.ts';
import type { Settings } from '../config.ts';
import { type SluiceError, UsageError } from '../domain/errors.ts';
import type { FunnelSyncResult } from '../workflows/funnel-sync.ts';
import { failureOfRun } from './workflow-failure.ts';

/** How a run by hand ended: `result` is there also when it failed after doing part of its work. */
export interface FunnelSyncRun {
  readonly workflowId: string;
  readonly runId: string;
  readonly result: FunnelSyncResult | undefined;
  readonly failure: SluiceError | undefined;
  readonly plan?: FunnelSyncPlan;
}

/** @throws UsageError for a text that is not an ISO 8601 instant. */
export function parseInstant(option: string, value: string): string {
  const instant = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:\d{2})$/.test(value);
  const at = new Date(value);
  if (!instant || Number.isNaN(at.getTime()) || !sameDay(value, at)) {
    throw new UsageError(`${option} "${value}" is not an instant; like 2026-11-21T09:00:00Z`);
  }
  return at.toISOString();
}

/** JavaScript rolls 30 February over into March; we do not. */
function sameDay(value: string, at: Date): boolean {
  const offset = /([+-])(\d{2}):(\d{2})$/.exec(value);
  const minutes =
    offset === null ? 0 : (offset[1] === '-' ? -1 : 1) * (Number(offset[2]) * 60 + Number(offset[3]));
  return new Date(at.getTime() + minutes * 60_000).toISOString().slice(0, 10) === value.slice(0, 10);
}

/** Starts `funnelSync` through Temporal and waits for its end. */
export async function runFunnelSync(
  client: Client,
  { settings, asOf }: { readonly settings: Settings; readonly asOf?: string | undefined },
): Promise<FunnelSyncRun> {
  return startAndWait(client, {
    taskQueue: settings.temporal.taskQueue,
    args: asOf === undefined ? {} : { asOf },
    summary: 'New test takers into Brevo, purchases back (by hand)',
  });
}

/**
 * Plans a run without writing anything. The workflow runs in Temporal, on a queue that only this process serves, so
 * the plan with its addresses never leaves it; Temporal keeps the counts.
 */
export async function planFunnelSync(
  client: Client,
  { settings, asOf }: { readonly settings: Settings; readonly asOf?: string | undefined },
): Promise<FunnelSyncRun> {
  // Only a dry run needs Temporal's worker in this process; loading it takes most of a second.
  const { createWorkerDeps } = await import('../workers/deps.ts');
  const { withDryWorker } = await import('../workers/main.ts');
  const taskQueue = `${settings.temporal.taskQueue}-plan-${randomUUID()}`;
  let plan: FunnelSyncPlan | undefined;
  const deps = createWorkerDeps({
    settings: { ...settings, dryRun: true },
    getClient: () => client,
    onPlan: (made) => {
      plan = made;
    },
  });
  try {
    const run = await withDryWorker({ settings, taskQueue, deps }, () =>
      startAndWait(client, {
        taskQueue,
        args: { dryRun: true, ...(asOf === undefined ? {} : { asOf }) },
        summary: 'Dry run: what the next run would do',
      }),
    );
    return plan === undefined ? run : { ...run, plan };
  } finally {
    await deps.close();
  }
}

async function startAndWait(
  client: Client,
  input: {
    readonly taskQueue: string;
    readonly args: { readonly asOf?: string; readonly dryRun?: boolean };
    readonly summary: string;
  },
): Promise<FunnelSyncRun> {
  const handle = await client.workflow.start('funnelSync', {
    workflowId: idByHand('funnel-sync'),
    taskQueue: input.taskQueue,
    args: [input.args],
    staticSummary: input.summary,
  });
  const run = { workflowId: handle.workflowId, runId: handle.firstExecutionRunId };
  try {
    return { ...run, result: (await handle.result()) as FunnelSyncResult, failure: undefined };
  } catch (error) {
    if (!(error instanceof WorkflowFailedError)) throw error;
    const { failure, details } = failureOfRun(error);
    return { ...run, result: details as FunnelSyncResult | undefined, failure };
  }
}

/** Says when and that it was by hand; the end keeps runs of one second apart. */
export function idByHand(flow: string): string {
  return `${flow}-by-hand-${new Date().toISOString().slice(0, 19)}Z-${randomUUID().slice(0, 6)}`;
}
