import { type Client, type Connection, WorkflowFailedError } from '@temporalio/client';
import { Command } from 'commander';
import type { SluiceError } from '../../domain/errors.ts';
import { triggerNow } from '../../schedules/operate/trigger.ts';
import { print, printJson, remark } from '../output.ts';
import { pollersOf } from '../pollers.ts';
import { failureOfRun } from '../workflow-failure.ts';
import { withSchedules } from './context.ts';
import { findApplied } from './find.ts';

interface Options {
  readonly wait?: true;
  readonly json?: true;
}

export function triggerCommand(): Command {
  return new Command('trigger')
    .argument('<id>', 'funnel-sync, …')
    .description('run now, also when it is paused or on demand; beside a run that is under way')
    .option('--wait', 'until it has ended; exit code 1 when it failed')
    .option('--json', 'one JSON value on stdout')
    .addHelpText('after', '\nExample:\n  sluice schedules trigger conversion-report --wait')
    .action(async (id: string, { wait, json }: Options) => {
      const done = await withSchedules(async (context) => {
        const { client, settings } = context;
        const { declared, held } = await findApplied(context, id);
        const { workflowId, runId, scheduledAt } = await triggerNow(client, { held, declared });
        const run = { id, workflowId, runId, slot: scheduledAt };
        const { namespace } = settings.temporal;
        const queue = held.action.taskQueue;
        const { live } = await pollersOf(client.connection as Connection, {
          namespace,
          queue,
          kind: 'workflows',
        });
        if (live === 0) {
          process.stderr.write(
            `sluice: no worker polls task queue ${queue}; it begins once one does (sluice worker)\n`,
          );
        }
        if (wait !== true) return { ...run, result: undefined, failure: undefined };
        remark(`${workflowId} started; Ctrl-C leaves it running in Temporal`);
        return { ...run, ...(await endOf(client, run)) };
      });
      const { failure, ...rest } = done;
      if (json === true) {
        const error =
          failure === undefined ? {} : { error: { code: failure.code, message: failure.message } };
        printJson({ ...rest, ...error });
      } else {
        print(`started ${done.workflowId}`);
        if (wait === true && failure === undefined) print(JSON.stringify(rest.result, undefined, 2));
      }
      if (failure !== undefined) throw failure;
    });
}

async function endOf(
  client: Client,
  { workflowId, runId }: { readonly workflowId: string; readonly runId: string },
): Promise<{ readonly result?: unknown; readonly failure: SluiceError | undefined }> {
  try {
    const result: unknown = await client.workflow.getHandle(workflowId, runId).result();
    return { result: result ?? null, failure: undefined };
  } catch (error) {
    if (!(error instanceof WorkflowFailedError)) throw error;
    return { failure: failureOfRun(error).failure };
  }
}
