import type { Client, Connection } from '@temporalio/client';
import { Command } from 'commander';
import { loadSettings, type Settings } from '../config.ts';
import { withTemporal } from './context.ts';
import { describePlan, describeRun } from './funnel-sync-text.ts';
import { print, printJson, remark } from './output.ts';
import { pollersOf } from './pollers.ts';
import { describeConversionReport, runConversionReport } from './run-conversion-report.ts';
import { type FunnelSyncRun, parseInstant, planFunnelSync, runFunnelSync } from './run-funnel-sync.ts';

interface Options {
  readonly asOf?: string;
  readonly dryRun?: true;
  readonly json?: true;
}

export function runCommand(): Command {
  const run = new Command('run').description('run a flow now, through Temporal, and wait for its end');
  run
    .command('funnel-sync')
    .description('new test takers into Brevo, purchases back; safe beside other runs')
    .option('--as-of <time>', 'logical time, ISO 8601 (default: now)')
    .option('--dry-run', 'read everything, write nothing, print the complete plan with the exact requests')
    .option('--json', 'one JSON value on stdout')
    .addHelpText(
      'after',
      '\nExample:\n  sluice run funnel-sync --dry-run\n  sluice run funnel-sync --as-of 2026-11-21T09:00:00Z --json',
    )
    .action(async (options: Options) => {
      const settings = loadSettings();
      const asOf = options.asOf === undefined ? undefined : parseInstant('--as-of', options.asOf);
      const outcome = await withTemporal(settings, async (client) => {
        if (options.dryRun === true || settings.dryRun) return planFunnelSync(client, { settings, asOf });
        await announce('funnelSync', { client, settings });
        return runFunnelSync(client, { settings, asOf });
      });
      report(outcome, options);
    });
  run
    .command('conversion-report')
    .description('record the days of conversions that are over; safe to repeat')
    .option('--as-of <time>', 'logical time, ISO 8601; its own day is not over (default: now)')
    .option('--json', 'one JSON value on stdout')
    .addHelpText('after', '\nExample:\n  sluice run conversion-report --as-of 2026-11-21T00:15:00Z')
    .action(async (options: Pick<Options, 'asOf' | 'json'>) => {
      const settings = loadSettings();
      const asOf = options.asOf === undefined ? undefined : parseInstant('--as-of', options.asOf);
      const result = await withTemporal(settings, async (client) => {
        await announce('conversionReport', { client, settings });
        return runConversionReport(client, { settings, asOf });
      });
      if (options.json === true) printJson(result);
      else print(describeConversionReport(result));
    });
  return run;
}

/** A run without a worker waits for one: durable, but a person at a terminal wants to know. */
async function announce(
  flow: string,
  { client, settings }: { readonly client: Client; readonly settings: Settings },
): Promise<void> {
  const { namespace, taskQueue: queue } = settings.temporal;
  const { live } = await pollersOf(client.connection as Connection, { namespace, queue, kind: 'workflows' });
  if (live === 0) {
    process.stderr.write(
      `sluice: no worker polls task queue ${queue}; ${flow} starts once one does (sluice worker)\n`,
    );
  }
  remark(`${flow} started; Ctrl-C leaves it running in Temporal`);
}

function report({ failure, plan, result, workflowId, runId }: FunnelSyncRun, { json }: Options): void {
  if (json === true) {
    printJson({
      workflowId,
      runId,
      ...result,
      ...(plan === undefined ? {} : { steps: plan.steps, requests: plan.requests }),
      ...(failure === undefined ? {} : { error: { code: failure.code, message: failure.message } }),
    });
  } else if (result !== undefined) {
    if (plan !== undefined) print(`${describePlan(plan)}\n`);
    print(describeRun(result));
  }
  if (failure !== undefined) throw failure;
}
