import Table from 'cli-table3';
import { Command } from 'commander';
import { previewCampaignReview } from '../../activities/marketing-preview.ts';
import { loadSettings, type Settings } from '../../config.ts';
import { journeys } from '../../domain/journeys/catalogue.ts';
import { flowInWords } from '../../domain/marketing/look-at.ts';
import { grouped } from '../../domain/marketing/numbers.ts';
import type { CampaignReview } from '../../domain/marketing/review.ts';
import { campaignReviewHtml } from '../../reports/campaign-review-html.ts';
import { mailInWords, remarkOf, weekInWords } from '../../reports/campaign-review-mail.ts';
import type { CampaignReviewResult } from '../../workflows/campaign-review.ts';
import { describeMails } from '../../workflows/mail-report-details.ts';
import { withDatabase, withTemporal } from '../context.ts';
import { print, printJson, remark } from '../output.ts';
import { writeOutput } from '../output-file.ts';
import { parseInstant } from '../run-funnel-sync.ts';
import { runReportFlow } from './run-flow.ts';

interface Options {
  readonly asOf?: string;
  readonly dryRun?: true;
  readonly json?: true;
  readonly html?: string;
}

export function campaignReviewCommand(): Command {
  return new Command('campaign-review')
    .description(
      'how funnels, journeys and campaigns did in the last seven days, kept and mailed; safe to repeat',
    )
    .option(
      '--as-of <time>',
      'logical time, ISO 8601; the review is about the seven days before it (default: now)',
    )
    .option('--dry-run', 'count and print, write and mail nothing')
    .option('--html <file>', 'write the page there')
    .option('--json', 'one JSON value on stdout; shares from 0 to 1')
    .addHelpText(
      'after',
      `
A week that is recorded is shown as it was recorded. Each recipient gets one mail a week, however often this runs.

Examples:
  sluice run campaign-review --dry-run --html review.html
  sluice run campaign-review --as-of 2026-11-23T09:00:00Z --json`,
    )
    .action(run);
}

async function run(options: Options): Promise<void> {
  const settings = loadSettings();
  const asOf = options.asOf === undefined ? undefined : parseInstant('--as-of', options.asOf);
  const isDry = options.dryRun === true || settings.dryRun;
  const result = isDry ? undefined : await start(settings, asOf);
  const { review, isNew } = await withDatabase(settings, ({ orm }) =>
    previewCampaignReview(orm, {
      asOf: result?.asOf ?? asOf ?? new Date().toISOString(),
      timezone: settings.reportTimezone,
      journeys,
      now: new Date(),
    }),
  );
  if (options.html !== undefined) {
    const content = campaignReviewHtml(review);
    remark(`written to ${writeOutput({ option: '--html', file: options.html, content })}`);
  }
  if (options.json === true) printJson({ ...(result ?? { dryRun: true, isNew }), review });
  else print(`${describe(review)}\n${describeMails(result?.mail ?? { state: 'dry_run' })}`);
}

function start(settings: Settings, asOf: string | undefined) {
  return withTemporal(settings, (client) =>
    runReportFlow<CampaignReviewResult>(client, {
      settings,
      flow: 'campaignReview',
      name: 'campaign-review',
      summary: 'Keeps how funnels, journeys and campaigns did and mails it',
      asOf,
    }),
  );
}

function countText(count: number | null | undefined): string {
  return count === null || count === undefined ? '–' : grouped(count);
}

function describe(review: CampaignReview): string {
  const { week, flows, lookAt, best, worst, reviews } = review;
  const table = new Table({
    head: ['', 'entered', 'before', 'sent', 'before', 'opened', 'clicked', 'goals'],
    style: { head: [], border: [] },
    colAligns: ['left', ...Array.from({ length: 7 }, () => 'right' as const)],
  });
  for (const flow of flows) {
    const { week: now, before } = flow;
    table.push([
      flowInWords(flow),
      ...[now.entered, before.entered, now.mails?.sent, before.mails?.sent].map(countText),
      ...[now.mails?.opened, now.mails?.clicked, now.goals].map(countText),
    ]);
  }
  const remarks = lookAt.length === 0 ? [remarkOf(review)] : lookAt.map((one) => `- ${one}`);
  return [
    weekInWords(week),
    table.toString(),
    ...remarks,
    ...(best === undefined ? [] : [`Best: ${mailInWords(best)}`]),
    ...(worst === undefined ? [] : [`Weakest: ${mailInWords(worst)}`]),
    ...reviews.map(
      ({ experiment, journey, verdict }) => `Experiment ${experiment} in ${journey}: ${verdict}`,
    ),
  ].join('\n');
}
