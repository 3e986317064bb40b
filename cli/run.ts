import { Command } from 'commander';
import { loadSettings } from '../config.ts';
import { announce } from './announce.ts';
import { withTemporal } from './context.ts';
import { describePlan, describeRun } from './funnel-sync-text.ts';
import { hotLeadCheckCommand } from './leads/run-hot-lead-check.ts';
import { leadScoringCommand } from './leads/run-lead-scoring.ts';
import { campaignReviewCommand } from './marketing/run-campaign-review.ts';
import { marketingReportCommand } from './marketing/run-marketing-report.ts';
import { print, printJson } from './output.ts';
import { quizMonthlyReportCommand } from './quiz/run-monthly-report.ts';
import { quizRemindersCommand } from './quiz/run-reminders.ts';
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
  run.addCommand(leadScoringCommand());
  run.addCommand(hotLeadCheckCommand());
  run.addCommand(marketingReportCommand());
  run.addCommand(campaignReviewCommand());
  run.addCommand(quizRemindersCommand());
  run.addCommand(quizMonthlyReportCommand());
  return run;
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
