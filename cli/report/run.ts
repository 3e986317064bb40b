import { randomUUID } from 'node:crypto';
import { WorkflowFailedError } from '@temporalio/client';
import { Command } from 'commander';
import { deliveriesOfRun } from '../../db/report-deliveries.ts';
import { beginRun, type ReportRun, runOf } from '../../db/report-runs.ts';
import { resolveParameters } from '../../domain/reports/parameters.ts';
import { wholeSecond } from '../../domain/whole-second.ts';
import { manualRunKey, startReportRun } from '../../events/report-runs.ts';
import { announce } from '../announce.ts';
import { parseEmail } from '../email-argument.ts';
import { print, printJson } from '../output.ts';
import { parseInstant } from '../run-funnel-sync.ts';
import { reportNamed, withReports } from './context.ts';
import { collectParam, PARAM_HELP, readParams } from './parameters-option.ts';
import { describeRun, runJson } from './run-text.ts';

interface Options {
  readonly to?: readonly string[];
  readonly asOf?: string;
  readonly param?: readonly string[];
  readonly wait?: false;
  readonly json?: true;
}

export function runCommand(): Command {
  return new Command('run')
    .argument('<id>', 'a report; one that is disabled runs, too')
    .description('run a report now, through Temporal, mail it, and wait for its end')
    .option('--to <email...>', 'only to these; such a run counts for no alert')
    .option('--as-of <time>', 'logical time, ISO 8601 (default: now)')
    .option('--param <name=value>', PARAM_HELP, collectParam)
    .option('--no-wait', 'end as soon as it has begun')
    .option('--json', 'one JSON value on stdout')
    .addHelpText('after', '\nExample:\n  sluice report run weekly-sales --to me@example.com')
    .action(run);
}

async function run(id: string, { to, asOf, param, wait, json }: Options): Promise<void> {
  const recipients = to?.map(parseEmail);
  await withReports(async ({ settings, database, client, now }) => {
    const { definition } = await reportNamed({ database }, id);
    const parameters = readParams(definition, param);
    const at = asOf === undefined ? now : new Date(parseInstant('--as-of', asOf));
    // What is wrong with them is said here and not an hour later in a list of runs.
    const { parameters: definitions, timezone } = definition;
    resolveParameters({ definitions, given: parameters ?? {}, asOf: at, timezone });
    const begun = await beginRun(database, {
      runKey: manualRunKey(randomUUID()),
      reportId: id,
      asOf: wholeSecond(at),
      trigger: 'manual',
      request: {
        ...(recipients === undefined ? {} : { recipients }),
        ...(parameters === undefined ? {} : { parameters }),
      },
      now,
    });
    if (!('run' in begun)) throw new Error(`report ${id} is ${begun.outcome}`);
    const { taskQueue } = settings.temporal;
    await startReportRun(client, { run: begun.run, taskQueue });
    if (wait === false) return tell(begun.run, { json });
    if (json !== true) await announce(`run ${begun.run.id} of ${id}`, { client, settings });
    try {
      await client.workflow.getHandle(begun.run.workflowId).result();
    } catch (error) {
      // Its row says what went wrong, in words for people.
      if (!(error instanceof WorkflowFailedError)) throw error;
    }
    const ended = await runOf(database.orm, begun.run.id);
    await tell(ended, { json, deliveries: await deliveriesOfRun(database.orm, ended.id) });
    if (ended.state === 'failed' || ended.state === 'undelivered') process.exitCode = 1;
  });
}

async function tell(
  run: ReportRun,
  {
    json,
    deliveries = [],
  }: { readonly json: true | undefined; readonly deliveries?: Parameters<typeof runJson>[1] },
): Promise<void> {
  if (json === true) printJson(runJson(run, deliveries));
  else print(describeRun(run, deliveries));
}
