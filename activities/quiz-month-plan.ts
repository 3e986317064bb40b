import type { QuizUsersReader } from '../db/quiz/users.ts';
import type { CountedMonth } from '../db/quiz-month-figures.ts';
import { livingKeys, settledKeys } from '../db/quiz-recipients.ts';
import type { MailChart } from '../domain/mail-chart.ts';
import type { MonthFigures } from '../domain/quiz/figures.ts';
import { monthlyKey, monthName, type ReportMonth } from '../domain/quiz/month.ts';
import type { QuizUser } from '../domain/quiz/user.ts';
import { type PlannedMessage, prepareBatch } from './message-batches.ts';
import {
  enrol,
  findRecipients,
  type NotReached,
  nameOf,
  type QuizDeps,
  type QuizRecipient,
} from './quiz-recipients.ts';

export interface MonthDeps extends QuizDeps {
  /** The address of a chart's image (mail/chart-links.ts). */
  readonly chartUrl: (chart: MailChart) => string;
}

export type MonthReason =
  | NotReached
  | 'not_active'
  | 'opted_out'
  /** Deleted since the figures were counted. */
  | 'user_gone'
  /** The mail of this month is written down already, whatever became of it. */
  | 'reported';

export interface MonthReport extends QuizRecipient {
  readonly key: string;
  readonly template: string;
  readonly params: Readonly<Record<string, unknown>>;
  readonly figures: MonthFigures;
}

export interface MonthPage {
  readonly reports: readonly MonthReport[];
  readonly others: readonly {
    readonly userId: number;
    readonly user: QuizUser | undefined;
    readonly reason: MonthReason;
  }[];
}

const MONTH_TEMPLATES = { full: 'quiz-month', comeBack: 'quiz-month-quiet' } as const;

/** Decides about users whose month was counted, as they are now; reads, and writes nothing. */
export async function judgeMonths(
  deps: MonthDeps,
  {
    counted,
    month,
    users: reader,
  }: {
    readonly counted: readonly CountedMonth[];
    readonly month: ReportMonth;
    readonly users: QuizUsersReader;
  },
): Promise<MonthPage> {
  const figures = new Map(counted.map((one) => [one.userId, one.figures]));
  const users = await reader.byIds([...figures.keys()]);
  const there = new Set(users.map(({ id }) => id));
  const wanted = users.filter((user) => user.isActive && user.wantsReports);
  const { recipients, refused } = await findRecipients(deps.plan, {
    users: wanted,
    scope: 'reports',
    now: deps.now?.() ?? new Date(),
  });
  const keyOf = (user: QuizUser) => monthlyKey({ month: month.month, userId: user.id });
  const { orm } = deps.plan.database;
  const [settled, living] = await Promise.all([
    settledKeys(
      orm,
      recipients.map(({ user }) => keyOf(user)),
    ),
    livingKeys(orm, {
      contactIds: recipients.flatMap(({ known }) => known?.contactId ?? []),
      prefix: monthlyKey({ month: month.month, userId: '' }),
    }),
  ]);
  const reports: MonthReport[] = [];
  const others: MonthPage['others'][number][] = [
    ...[...figures.keys()]
      .filter((userId) => !there.has(userId))
      .map((userId) => ({ userId, user: undefined, reason: 'user_gone' as const })),
    ...users
      .filter((user) => !user.isActive || !user.wantsReports)
      .map((user) => ({
        userId: user.id,
        user,
        reason: user.isActive ? ('opted_out' as const) : ('not_active' as const),
      })),
    ...refused.map(({ user, reason }) => ({ userId: user.id, user, reason })),
  ];
  for (const recipient of recipients) {
    const { user, known } = recipient;
    const own = figures.get(user.id);
    if (own === undefined) continue;
    const key = keyOf(user);
    if (settled.has(key)) {
      others.push({ userId: user.id, user, reason: 'reported' });
      continue;
    }
    // Two users with one address are one person.
    if (living.get(known?.contactId ?? 0)?.some((one) => one !== key) === true) {
      others.push({ userId: user.id, user, reason: 'same_address' });
      continue;
    }
    reports.push({
      ...recipient,
      key,
      figures: own,
      template: own.attempts === 0 ? MONTH_TEMPLATES.comeBack : MONTH_TEMPLATES.full,
      params:
        own.attempts === 0
          ? quietParams({ user, month, deps })
          : fullParams({ user, figures: own, month, deps }),
    });
  }
  return { reports, others };
}

/** Writes the reports down, each once. */
export async function writeMonths(
  deps: MonthDeps,
  {
    reports,
    batch,
    dueAt,
  }: { readonly reports: readonly MonthReport[]; readonly batch: string; readonly dueAt: Date },
): Promise<void> {
  const now = deps.now?.() ?? new Date();
  const contactIds = await enrol(deps, { recipients: reports, now });
  const messages = reports.map(
    ({ key, email, template, params }): PlannedMessage => ({
      key,
      kind: 'report',
      contactId: contactIds.get(email) ?? 0,
      template,
      dueAt,
      params,
    }),
  );
  await prepareBatch(deps.plan, { batch, messages, now });
}

interface ParamsInput {
  readonly user: QuizUser;
  readonly month: ReportMonth;
  readonly deps: MonthDeps;
}

function quietParams({ user, month, deps }: ParamsInput): Readonly<Record<string, unknown>> {
  const name = nameOf(user);
  const { name: monthShown, long } = monthName(month.month);
  return {
    ...(name === undefined ? {} : { name }),
    month: monthShown,
    month_and_year: long,
    // A report of a time before somebody came must not say that they stayed away.
    is_new: (user.registeredAt ?? 0) >= (month.bounds.at(-1) ?? 0),
    quiz_url: deps.baseUrl,
  };
}

function fullParams({
  user,
  month,
  figures,
  deps,
}: ParamsInput & { readonly figures: MonthFigures }): Readonly<Record<string, unknown>> {
  const { mean, best, passRate, rank, meanChange } = figures;
  const chart = chartOf({ figures, month });
  return {
    ...quietParams({ user, month, deps }),
    is_new: undefined,
    attempts: figures.attempts,
    attempts_before: figures.attemptsBefore,
    ...(mean === null ? {} : { mean: oneDecimal(mean) }),
    ...(best === null ? {} : { best: oneDecimal(best) }),
    passed: figures.passed,
    ...(passRate === null ? {} : { pass_rate: oneDecimal(passRate) }),
    minutes: figures.minutes,
    band: figures.band,
    ...(rank === null ? {} : { rank: rank.place, ranked: rank.of }),
    ...(meanChange === null ? {} : { change: oneDecimal(Math.abs(meanChange)), trend: trendOf(meanChange) }),
    month_before: monthName(month.months.at(-2) ?? month.month).name,
    chart_url: deps.chartUrl(chart),
    chart_words: wordsOf(chart),
  };
}

function trendOf(change: number): 'up' | 'down' | 'same' {
  if (change === 0) return 'same';
  return change > 0 ? 'up' : 'down';
}

/** No name and no number of anybody is in it: the same figures have the same image. */
function chartOf({
  figures,
  month,
}: {
  readonly figures: MonthFigures;
  readonly month: ReportMonth;
}): MailChart {
  return {
    kind: 'bars',
    title: 'Your average score, month by month',
    unit: '%',
    labels: month.months.map((one) => monthName(one).short),
    series: [{ name: 'Average score', values: figures.means }],
  };
}

/** For those who do not see the image. */
function wordsOf({ labels, series: [means] }: MailChart): string {
  const parts = labels.map((label, index) => {
    const value = means?.values[index] ?? null;
    return `${label} ${value === null ? 'none' : `${oneDecimal(value)} %`}`;
  });
  return `Average score by month: ${parts.join(', ')}`;
}

function oneDecimal(value: number): string {
  return value.toFixed(1);
}
