import Table from 'cli-table3';
import { Command } from 'commander';
import { countReasons } from '../../activities/quiz-recipients.ts';
import {
  judgeReminders,
  REMINDER_TEMPLATE,
  type Reminder,
  type ReminderPage,
} from '../../activities/quiz-reminder-plan.ts';
import type { Settings } from '../../config.ts';
import type { QuizRemindersResult } from '../../workflows/quiz-reminders.ts';
import { shownAddress } from '../messages/text.ts';
import { print, printJson, remark } from '../output.ts';
import type { QuizOptions } from './options.ts';
import { userIdsOf, withQuiz } from './planning.ts';
import { renderTo } from './rendered.ts';
import { type DryRun, printQuizRun, runQuizCommand } from './run-command.ts';
import { describeDelivery, describeReasons, wordsOf } from './text.ts';

const SHOWN = 30;

export function quizRemindersCommand(): Command {
  return new Command('quiz-reminders')
    .description('remind users of the quiz who have stayed away, once a person and day; safe to repeat')
    .option('--as-of <time>', 'logical time, ISO 8601 (default: now)')
    .option('--only <email>', 'only the user with this address')
    .option('--dry-run', 'who would get one, what, and why the others not; writes and sends nothing')
    .option('--render-to <folder>', 'with --dry-run: write the mails there, up to 100')
    .option('--show-addresses', 'whole addresses instead of a***@example.com')
    .option('--json', 'one JSON value on stdout')
    .addHelpText(
      'after',
      `
A run by hand is for everybody who is due, whatever time they chose, and uses up their reminder of that day.

Examples:
  sluice run quiz-reminders --dry-run
  sluice run quiz-reminders --only ann@example.com --dry-run --render-to mails
  sluice run quiz-reminders --as-of 2026-11-21T18:00:00Z`,
    )
    .action(run);
}

async function run(options: QuizOptions): Promise<void> {
  const outcome = await runQuizCommand<QuizRemindersResult>(options, {
    flow: 'quizReminders',
    name: 'quiz-reminders',
    summary: 'Reminds users of the quiz who have stayed away',
    dryRun,
  });
  if (outcome !== undefined) printQuizRun(outcome, { json: options.json, describe });
}

function describe(result: QuizRemindersResult): string {
  if (result.state === 'stale') return `As of ${result.asOf}: nothing was sent, because ${result.why}.`;
  const { asOf, looked, planned, reasons, delivery, faults } = result;
  return [
    `As of ${asOf}: ${looked} users looked at, ${planned} reminders.`,
    describeDelivery(delivery),
    describeReasons(reasons),
    faults.unknown_zone.count === 0
      ? ''
      : `${faults.unknown_zone.count} with a zone that nobody knows: users ${faults.unknown_zone.userIds.join(', ')}.`,
    faults.unreadable_time.count === 0
      ? ''
      : `${faults.unreadable_time.count} with a time that nobody can read: users ${faults.unreadable_time.userIds.join(', ')}.`,
  ]
    .filter((line) => line !== '')
    .join('\n');
}

async function dryRun(settings: Settings, { asOf, only, options }: DryRun): Promise<void> {
  await withQuiz(settings, async (desk) => {
    const userIds = await userIdsOf(desk, only);
    const pages: ReminderPage[] = [];
    for (let after: number | undefined = 0; after !== undefined; ) {
      const input = { asOf: new Date(asOf), group: 'everyone', userIds, after } as const;
      const page: ReminderPage = await judgeReminders(desk.deps, { ...desk, ...input });
      pages.push(page);
      after = page.through;
    }
    const reminders = pages.flatMap((page) => page.reminders);
    const others = pages.flatMap((page) => page.others);
    const reasons = countReasons(others.map(({ reason }) => reason));
    const rendered =
      options.renderTo === undefined
        ? undefined
        : renderTo(options.renderTo, {
            mails: reminders.map(({ user, params }) => ({
              userId: user.id,
              template: REMINDER_TEMPLATE,
              params,
            })),
            deps: desk.deps,
            postalAddress: settings.mail.postalAddress,
          });
    if (options.json === true) {
      printJson({
        dryRun: true,
        asOf,
        looked: reminders.length + others.length,
        planned: reminders.length,
        reasons,
        reminders: reminders.map((one) => reminderJson(one, options)),
        others: others.map(({ user, reason }) => ({ userId: user.id, reason })),
        faults: pages.flatMap((page) => page.faults),
        ...(rendered === undefined ? {} : { rendered }),
      });
      return;
    }
    print(
      [
        `Dry run as of ${asOf}: ${reminders.length} of ${reminders.length + others.length} users would be reminded. Nothing was written or sent.`,
        ...(reminders.length === 0 ? [] : [table(reminders, options)]),
        ...(only === undefined
          ? [describeReasons(reasons)]
          : others.map(({ user, reason }) => `User ${user.id} gets none: ${wordsOf(reason)}.`)),
      ]
        .filter((line) => line !== '')
        .join('\n'),
    );
    if (rendered !== undefined) remark(`${rendered.mails} mails written to ${rendered.folder}`);
  });
}

function reminderJson({ user, email, key, due, params }: Reminder, options: QuizOptions) {
  const { quizzes, more } = params;
  return {
    userId: user.id,
    email: shownAddress(email, options),
    key,
    dueAt: new Date(due.at).toISOString(),
    localDate: due.localDate,
    zone: due.zone,
    quizzes,
    more,
  };
}

function table(reminders: readonly Reminder[], options: QuizOptions): string {
  const lines = new Table({
    head: ['user', 'to', 'day', 'zone', 'quizzes', 'the newest'],
    style: { head: [], border: [] },
    chars: { mid: '', 'left-mid': '', 'mid-mid': '', 'right-mid': '' },
    colAligns: ['right', 'left', 'left', 'left', 'right', 'left'],
  });
  for (const { user, email, due, params } of reminders.slice(0, SHOWN)) {
    lines.push([
      user.id,
      shownAddress(email, options),
      due.localDate,
      due.zone,
      Number(params.others) + 1,
      String(params.first_quiz),
    ]);
  }
  const rest = reminders.length - SHOWN;
  return `${lines.toString()}${rest > 0 ? `\nand ${rest} more; --json names all` : ''}`;
}
