import Table from 'cli-table3';
import { Command } from 'commander';
import { judgeMonths, type MonthReason, type MonthReport } from '../../activities/quiz-month-plan.ts';
import { countReasons } from '../../activities/quiz-recipients.ts';
import type { Settings } from '../../config.ts';
import { readMonthStatistics } from '../../db/quiz/month-statistics.ts';
import type { CountedMonth } from '../../db/quiz-month-figures.ts';
import { monthBefore } from '../../domain/quiz/month.ts';
import type { QuizMonthlyReportResult } from '../../workflows/quiz-monthly-report.ts';
import { shownAddress } from '../messages/text.ts';
import { print, printJson, remark } from '../output.ts';
import type { QuizOptions } from './options.ts';
import { type QuizDesk, userIdsOf, withQuiz } from './planning.ts';
import { renderTo } from './rendered.ts';
import { type DryRun, printQuizRun, runQuizCommand } from './run-command.ts';
import { describeDelivery, describeReasons, wordsOf } from './text.ts';

const SHOWN = 30;
const USERS_A_PAGE = 500;

export function quizMonthlyReportCommand(): Command {
  return new Command('quiz-monthly-report')
    .description(
      'tell every user of the quiz about the month before, once a person and month; safe to repeat',
    )
    .option('--as-of <time>', 'logical time, ISO 8601; the month before it is reported (default: now)')
    .option('--only <email>', 'only the user with this address, ranked among all')
    .option('--dry-run', 'who would get one, what, and why the others not; writes and sends nothing')
    .option('--render-to <folder>', 'with --dry-run: write the mails there, up to 100')
    .option('--show-addresses', 'whole addresses instead of a***@example.com')
    .option('--json', 'one JSON value on stdout')
    .addHelpText(
      'after',
      '\nExamples:\n  sluice run quiz-monthly-report --dry-run\n  sluice run quiz-monthly-report --only ann@example.com --dry-run --render-to mails',
    )
    .action(run);
}

async function run(options: QuizOptions): Promise<void> {
  const outcome = await runQuizCommand<QuizMonthlyReportResult>(options, {
    flow: 'quizMonthlyReport',
    name: 'quiz-monthly-report',
    summary: 'Tells users of the quiz about their month',
    dryRun,
  });
  if (outcome !== undefined) printQuizRun(outcome, { json: options.json, describe });
}

function describe(result: QuizMonthlyReportResult): string {
  if (result.state === 'stale') {
    return `Reports of ${result.month} as of ${result.asOf}: nothing was sent, because ${result.why}.`;
  }
  const { asOf, month, looked, planned, reasons, delivery, gone } = result;
  return [
    `Reports of ${month} as of ${asOf}: ${looked} users counted, ${planned} reports.`,
    describeDelivery(delivery),
    describeReasons(reasons),
    gone.length === 0 ? '' : `Deleted while it ran: users ${gone.join(', ')}.`,
  ]
    .filter((line) => line !== '')
    .join('\n');
}

interface Judged {
  readonly reports: readonly MonthReport[];
  readonly others: readonly { readonly userId: number; readonly reason: MonthReason }[];
}

/** As the flow does, without keeping what was counted. */
async function judgeAll(
  desk: QuizDesk,
  { asOf, userIds }: { readonly asOf: string; readonly userIds: readonly number[] | undefined },
): Promise<Judged> {
  const month = monthBefore({ at: new Date(asOf), timezone: desk.deps.timezone });
  const wanted = userIds === undefined ? undefined : new Set(userIds);
  const reports: MonthReport[] = [];
  const others: { userId: number; reason: MonthReason }[] = [];
  let counted: CountedMonth[] = [];
  const judge = async () => {
    const page = await judgeMonths(desk.deps, { counted, month, users: desk.users });
    reports.push(...page.reports);
    others.push(...page.others);
    counted = [];
  };
  for await (const one of readMonthStatistics(desk.deps.quiz, { shape: desk.shape, month })) {
    if (wanted?.has(one.userId) === false) continue;
    if (counted.push(one) === USERS_A_PAGE) await judge();
  }
  await judge();
  return { reports, others };
}

async function dryRun(settings: Settings, { asOf, only, options }: DryRun): Promise<void> {
  await withQuiz(settings, async (desk) => {
    const { reports, others } = await judgeAll(desk, { asOf, userIds: await userIdsOf(desk, only) });
    const { month } = monthBefore({ at: new Date(asOf), timezone: desk.deps.timezone });
    const reasons = countReasons(others.map(({ reason }) => reason));
    const rendered =
      options.renderTo === undefined
        ? undefined
        : renderTo(options.renderTo, {
            mails: reports.map(({ user, template, params }) => ({ userId: user.id, template, params })),
            deps: desk.deps,
            postalAddress: settings.mail.postalAddress,
          });
    if (options.json === true) {
      printJson({
        dryRun: true,
        asOf,
        month,
        looked: reports.length + others.length,
        planned: reports.length,
        reasons,
        reports: reports.map(({ user, email, key, template, figures }) => ({
          userId: user.id,
          email: shownAddress(email, options),
          key,
          template,
          ...figures,
        })),
        others: others.map(({ userId, reason }) => ({ userId, reason })),
        ...(rendered === undefined ? {} : { rendered }),
      });
      return;
    }
    print(
      [
        `Dry run as of ${asOf}: ${reports.length} of ${reports.length + others.length} active users would get the report of ${month}. Nothing was written or sent.`,
        ...(reports.length === 0 ? [] : [table(reports, options)]),
        ...(only === undefined
          ? [describeReasons(reasons)]
          : others.map(({ userId, reason }) => `User ${userId} gets none: ${wordsOf(reason)}.`)),
      ]
        .filter((line) => line !== '')
        .join('\n'),
    );
    if (rendered !== undefined) remark(`${rendered.mails} mails written to ${rendered.folder}`);
  });
}

function table(reports: readonly MonthReport[], options: QuizOptions): string {
  const lines = new Table({
    head: ['user', 'to', 'taken', 'mean', 'best', 'passed', 'minutes', 'rank', 'words'],
    style: { head: [], border: [] },
    chars: { mid: '', 'left-mid': '', 'mid-mid': '', 'right-mid': '' },
    colAligns: ['right', 'left', 'right', 'right', 'right', 'right', 'right', 'right', 'left'],
  });
  for (const { user, email, figures } of reports.slice(0, SHOWN)) {
    const { attempts, mean, best, passed, minutes, rank, band } = figures;
    lines.push([
      user.id,
      shownAddress(email, options),
      attempts,
      percent(mean),
      percent(best),
      passed,
      minutes,
      rank === null ? '–' : `${rank.place} of ${rank.of}`,
      band === 'none' ? 'come back' : band,
    ]);
  }
  const rest = reports.length - SHOWN;
  return `${lines.toString()}${rest > 0 ? `\nand ${rest} more; --json names all` : ''}`;
}

function percent(value: number | null): string {
  return value === null ? '–' : value.toFixed(1);
}
