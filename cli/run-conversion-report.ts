import { type Client, WorkflowFailedError } from '@temporalio/client';
import type { Settings } from '../config.ts';
import type { ConversionReportResult } from '../workflows/conversion-report.ts';
import { idByHand } from './run-funnel-sync.ts';
import { failureOfRun } from './workflow-failure.ts';

/**
 * Starts `conversionReport` through Temporal and waits for its end.
 * @param asOf logical time, ISO 8601; unset: now.
 * @throws SluiceError with the reason why the run failed.
 */
export async function runConversionReport(
  client: Client,
  { settings, asOf }: { readonly settings: Settings; readonly asOf: string | undefined },
): Promise<ConversionReportResult & { readonly workflowId: string; readonly runId: string }> {
  const handle = await client.workflow.start('conversionReport', {
    workflowId: idByHand('conversion-report'),
    taskQueue: settings.temporal.taskQueue,
    args: [{ dryRun: settings.dryRun, ...(asOf === undefined ? {} : { asOf }) }],
    staticSummary: 'Keeps the daily history of conversions (by hand)',
  });
  try {
    const result = (await handle.result()) as ConversionReportResult;
    return { workflowId: handle.workflowId, runId: handle.firstExecutionRunId, ...result };
  } catch (error) {
    if (!(error instanceof WorkflowFailedError)) throw error;
    throw failureOfRun(error).failure;
  }
}

/** The result in a line or two for people. */
export function describeConversionReport(result: ConversionReportResult): string {
  const { asOf, days, newDays } = result;
  if (result.dryRun) {
    return `Dry run as of ${asOf}: ${days} days to record, ${newDays} of them new. Nothing was written.`;
  }
  const [first] = result.lastDay;
  return first === undefined
    ? `As of ${asOf}: no day to record, nobody had entered a funnel before it began.`
    : [
        `As of ${asOf}: ${days} days recorded up to ${first.day}, ${newDays} of them new.`,
        'sluice conversions --daily shows them.',
      ].join('\n');
}
