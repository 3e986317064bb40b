import { type Client, WorkflowFailedError } from '@temporalio/client';
import { Command } from 'commander';
import { createLeadScoringActivities } from '../../activities/lead-scoring.ts';
import { loadSettings, type Settings } from '../../config.ts';
import type { LeadScoringInput, LeadScoringResult } from '../../workflows/lead-scoring.ts';
import { hourText } from '../../workflows/lead-scoring-details.ts';
import { announce } from '../announce.ts';
import { withDatabase, withTemporal } from '../context.ts';
import { print, printJson } from '../output.ts';
import { idByHand, parseInstant } from '../run-funnel-sync.ts';
import { failureOfRun } from '../workflow-failure.ts';

interface Options {
  readonly asOf?: string;
  readonly dryRun?: true;
  readonly json?: true;
}

type Asked = { readonly settings: Settings; readonly asOf: string | undefined };

export function leadScoringCommand(): Command {
  return new Command('lead-scoring')
    .description('score leads as of an hour, and the hours that are missing before it; safe to repeat')
    .option('--as-of <time>', 'logical time, ISO 8601; its hour is scored (default: now)')
    .option('--dry-run', 'read everything, write nothing, say what the next hour would bring')
    .option('--json', 'one JSON value on stdout')
    .addHelpText('after', '\nExample:\n  sluice run lead-scoring --as-of 2026-11-21T09:00:00Z')
    .action(async (options: Options) => {
      const settings = loadSettings();
      const asOf = options.asOf === undefined ? undefined : parseInstant('--as-of', options.asOf);
      const isDry = options.dryRun === true || settings.dryRun;
      const result = isDry
        ? await previewScoring({ settings, asOf })
        : await withTemporal(settings, async (client) => {
            await announce('leadScoring', { client, settings });
            return runLeadScoring(client, { settings, asOf });
          });
      if (options.json === true) printJson(result);
      else print(describeLeadScoring(result));
    });
}

/** Starts `leadScoring` through Temporal and waits for its end. @throws SluiceError with the reason why it failed. */
export async function runLeadScoring(
  client: Client,
  { settings, asOf }: Asked,
): Promise<LeadScoringResult & { readonly workflowId: string; readonly runId: string }> {
  const input: LeadScoringInput = asOf === undefined ? {} : { asOf };
  const handle = await client.workflow.start('leadScoring', {
    workflowId: idByHand('lead-scoring'),
    taskQueue: settings.temporal.taskQueue,
    args: [input],
    staticSummary: 'Scores leads by what they did in the last 24 hours (by hand)',
  });
  try {
    const result = (await handle.result()) as LeadScoringResult;
    return { workflowId: handle.workflowId, runId: handle.firstExecutionRunId, ...result };
  } catch (error) {
    if (!(error instanceof WorkflowFailedError)) throw error;
    throw failureOfRun(error).failure;
  }
}

/** What a run would do, read from our database in this process. */
async function previewScoring({ settings, asOf }: Asked): Promise<LeadScoringResult> {
  return withDatabase(settings, async (database) => {
    const scoring = createLeadScoringActivities({
      database,
      historyDays: settings.leadHistoryDays,
      dryRun: true,
    });
    const start = await scoring.planLeadScoring({ asOf: asOf ?? new Date().toISOString() });
    const { mode, hours, dryRun: _, ...about } = start;
    if (mode === 'done') return { ...about, status: 'already_scored' };
    return { ...about, ...(await scoring.previewLeadScoring(start)), status: 'dry_run', mode, hours };
  });
}

/** The result in a few lines for people. */
function describeLeadScoring(result: LeadScoringResult): string {
  const { hour, lastHour, fadeHours } = result;
  if (result.status === 'already_scored') {
    return `${hourText(hour)} has been scored already (the last hour is ${hourText(lastHour)}). Nothing was changed.`;
  }
  const { hours, scored, changed, becameHot, becameCold, mode } = result;
  const counts = `${scored} leads, ${changed} changed, ${becameHot} became hot, ${becameCold} became cold`;
  const fading = fadeHours > 0 ? `; before them scores fade through ${fadeHours} hours` : '';
  const span = hours === 1 ? '' : `${hours} hours${mode === 'backlog' ? ' of backlog' : ''}${fading}: `;
  if (result.status === 'dry_run') {
    const first = hours === 1 ? '' : 'the first of them would bring ';
    return `Dry run as of ${hourText(hour)}: ${span}${first}${counts}. Nothing was written.`;
  }
  return `As of ${hourText(hour)}: ${span}${counts}.`;
}
