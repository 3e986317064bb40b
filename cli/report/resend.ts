import { WorkflowFailedError } from '@temporalio/client';
import { Command } from 'commander';
import { deliveriesOfRun } from '../../db/report-deliveries.ts';
import { runOf } from '../../db/report-runs.ts';
import { UsageError } from '../../domain/errors.ts';
import { type reportResend, reportResendId } from '../../workflows/report-resend.ts';
import { announce } from '../announce.ts';
import { print, printJson } from '../output.ts';
import { failureOfRun } from '../workflow-failure.ts';
import { withReports } from './context.ts';
import { describeRun, runJson } from './run-text.ts';
import { runNumbered } from './runs.ts';

export function resendCommand(): Command {
  return new Command('resend')
    .argument('<run>', 'number of a run')
    .description('send the mails of a run that did not go out; the query does not run again')
    .requiredOption('--failed', 'to exactly those: not tried, refused, or of unknown outcome')
    .option('--json', 'one JSON value on stdout')
    .addHelpText(
      'after',
      '\nWhoever has got the report gets no second one; a mail of unknown outcome may arrive twice.\n\nExample:\n  sluice report resend 41 --failed',
    )
    .action(resend);
}

async function resend(text: string, { json }: { readonly json?: true }): Promise<void> {
  await withReports(async ({ settings, database, client }) => {
    const { orm } = database;
    const before = await runNumbered(orm, text);
    if (before.settledAt === null) throw new UsageError(`run ${before.id} is under way`, 'Wait for its end.');
    const { id: runId, state } = before;
    const nothing = state !== 'undelivered';
    if (!nothing && settings.dryRun) {
      if (json === true) printJson({ dryRun: true, run: runId });
      else print(`would send the mails of run ${runId} that did not go out (APP_DRY_RUN is true)`);
      return;
    }
    const { taskQueue } = settings.temporal;
    if (!nothing) {
      const handle = await client.workflow.start<typeof reportResend>('reportResend', {
        workflowId: reportResendId(taskQueue, runId),
        taskQueue,
        args: [{ runId }],
        workflowIdConflictPolicy: 'USE_EXISTING',
        staticSummary: `Mails of run ${runId} of ${before.reportId} once more (by hand)`,
      });
      if (json !== true) await announce(`resending run ${runId}`, { client, settings });
      const { resent } = await handle.result().catch((error: unknown) => {
        throw error instanceof WorkflowFailedError ? failureOfRun(error).failure : error;
      });
      if (json !== true) print(resent === 1 ? 'one mail once more' : `${resent} mails once more`);
    } else if (json !== true) print(`run ${runId} is ${state}: there is nothing to be resent`);
    const run = await runOf(orm, runId);
    const deliveries = await deliveriesOfRun(orm, runId);
    if (json === true) printJson(runJson(run, deliveries));
    else if (!nothing) print(describeRun(run, deliveries));
    if (run.state === 'undelivered') process.exitCode = 1;
  });
}
