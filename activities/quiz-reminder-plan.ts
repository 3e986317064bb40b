import type { OffersReader } from '../db/quiz/offers.ts';
import type { QuizUsersReader, UsersWanted } from '../db/quiz/users.ts';
import { earlierReminders, settledKeys, supersede } from '../db/quiz-recipients.ts';
import { type Offer, offersFor } from '../domain/quiz/offers.ts';
import { afterEarlier, type NoReminder, reminderKey, whyNoReminder } from '../domain/quiz/reminder.ts';
import {
  type OwnTimeFault,
  ownTimeOf,
  type ReminderGroup,
  type ReminderTime,
  reminderTime,
} from '../domain/quiz/reminder-time.ts';
import type { QuizUser } from '../domain/quiz/user.ts';
import { earliestInWindow } from '../domain/sending/send-window.ts';
import { type PlannedMessage, prepareBatch } from './message-batches.ts';
import {
  enrol,
  findRecipients,
  type NotReached,
  nameOf,
  QUIZ_HOURS,
  type QuizDeps,
  type QuizRecipient,
} from './quiz-recipients.ts';

export interface ReminderDeps extends QuizDeps {
  /** Local hour of those who have chosen none, 0 to 23. */
  readonly reminderHour: number;
  /** Days of 24 h without a login. */
  readonly inactiveDays: number;
  /** Without a login in between. */
  readonly mostInARow: number;
}

type ReminderReason =
  | NoReminder
  | NotReached
  | 'other_run'
  | 'not_now'
  | 'reminded_today'
  | 'cap_reached'
  | 'nothing_to_offer';

/** A reminder that is to go out. */
export interface Reminder extends QuizRecipient {
  readonly key: string;
  readonly due: ReminderTime;
  /** Chosen for an hour at which others are not to be disturbed: it goes out then, or not at all. */
  readonly isInQuietHours: boolean;
  readonly params: Readonly<Record<string, unknown>>;
  /** Reminders that still wait and must be closed first. */
  readonly supersedes: readonly number[];
}

export interface ReminderPage {
  readonly reminders: readonly Reminder[];
  readonly others: readonly { readonly user: QuizUser; readonly reason: ReminderReason }[];
  /** What users chose and nobody understands. */
  readonly faults: readonly { readonly userId: number; readonly fault: OwnTimeFault }[];
  /** Undefined after the last page. */
  readonly through: number | undefined;
}

export interface ReminderPageInput {
  /** The run's logical time. */
  readonly asOf: Date;
  readonly group: ReminderGroup;
  /** Only these; undefined: all. */
  readonly userIds: readonly number[] | undefined;
  readonly after: number;
}

export const REMINDER_TEMPLATE = 'quiz-reminder';
const USERS_A_PAGE = 1_000;
const DAY_MS = 86_400_000;

/** Decides about one page of users; reads, and writes nothing. */
export async function judgeReminders(
  deps: ReminderDeps,
  {
    users: reader,
    offers,
    asOf,
    group,
    userIds,
    after,
  }: ReminderPageInput & { readonly users: QuizUsersReader; readonly offers: OffersReader },
): Promise<ReminderPage> {
  const { users, through } = await reader.page({
    wanted: wantedOf({ group, userIds }),
    after,
    limit: USERS_A_PAGE,
  });
  const others: { user: QuizUser; reason: ReminderReason }[] = [];
  const faults: { userId: number; fault: OwnTimeFault }[] = [];
  const due = new Map<number, ReminderTime>();
  for (const user of users) {
    const own = ownTimeOf(user);
    faults.push(...own.faults.map((fault) => ({ userId: user.id, fault })));
    const time = reminderTime({
      own,
      group,
      slot: asOf.getTime(),
      defaults: { timezone: deps.timezone, hour: deps.reminderHour },
    });
    const reason =
      typeof time === 'string' ? time : whyNoReminder(user, { at: time.at, inactiveDays: deps.inactiveDays });
    if (reason !== undefined) others.push({ user, reason });
    else if (typeof time !== 'string') due.set(user.id, time);
  }
  const now = deps.now?.() ?? new Date();
  const { recipients, refused } = await findRecipients(deps.plan, {
    users: users.filter(({ id }) => due.has(id)),
    scope: 'reminders',
    now,
  });
  const decided = await decide(deps, { recipients, due, offers });
  return {
    reminders: decided.reminders,
    others: [...others, ...refused, ...decided.others],
    faults,
    through,
  };
}

function wantedOf({ group, userIds }: Pick<ReminderPageInput, 'group' | 'userIds'>): UsersWanted {
  if (userIds !== undefined) return { kind: 'ids', ids: userIds };
  return { kind: group === 'own_time' ? 'with_own_time' : 'all' };
}

/** Asks what was sent before, and what there is to offer. */
async function decide(
  deps: ReminderDeps,
  {
    recipients,
    due,
    offers,
  }: {
    readonly recipients: readonly QuizRecipient[];
    readonly due: ReadonlyMap<number, ReminderTime>;
    readonly offers: OffersReader;
  },
): Promise<Pick<ReminderPage, 'reminders' | 'others'>> {
  const reminders: Reminder[] = [];
  const others: { user: QuizUser; reason: ReminderReason }[] = [];
  if (recipients.length === 0) return { reminders, others };
  const { orm } = deps.plan.database;
  const keyOf = (user: QuizUser) =>
    reminderKey({ localDate: due.get(user.id)?.localDate ?? '', userId: user.id });
  const [settled, earlier, active, attempted] = await Promise.all([
    settledKeys(
      orm,
      recipients.map(({ user }) => keyOf(user)),
    ),
    earlierReminders(orm, {
      contactIds: recipients.flatMap(({ known }) => known?.contactId ?? []),
      // One of them may be this very mail, another one put off.
      latest: deps.mostInARow + 2,
    }),
    offers.active(),
    offers.attempted(recipients.map(({ user }) => user.id)),
  ]);
  for (const recipient of recipients) {
    const { user, known } = recipient;
    const time = due.get(user.id);
    if (time === undefined) continue;
    const key = keyOf(user);
    const before = afterEarlier({
      earlier: earlier.get(known?.contactId ?? 0) ?? [],
      key,
      due: time,
      lastLoginAt: user.lastLoginAt,
      mostInARow: deps.mostInARow,
    });
    const found = offersFor({ active, attempted: attempted.get(user.id) ?? new Set() });
    if (settled.has(key)) others.push({ user, reason: 'reminded_today' });
    else if ('reason' in before) others.push({ user, reason: before.reason });
    else if (found.offers.length === 0) others.push({ user, reason: 'nothing_to_offer' });
    else {
      reminders.push({
        ...recipient,
        key,
        due: time,
        isInQuietHours: isQuiet(time),
        params: paramsOf({ user, time, found, baseUrl: deps.baseUrl }),
        supersedes: before.supersede,
      });
    }
  }
  return { reminders, others };
}

function isQuiet({ at, zone, chosenBy }: ReminderTime): boolean {
  if (chosenBy === 'hand') return false;
  const from = new Date(at);
  return earliestInWindow({ window: QUIZ_HOURS, zone, from }).getTime() !== at;
}

function paramsOf({
  user,
  time,
  found: { offers, more },
  baseUrl,
}: {
  readonly user: QuizUser;
  readonly time: ReminderTime;
  readonly found: { readonly offers: readonly Offer[]; readonly more: number };
  readonly baseUrl: string;
}): Readonly<Record<string, unknown>> {
  const name = nameOf(user);
  const { lastLoginAt } = user;
  return {
    ...(name === undefined ? {} : { name }),
    ...(lastLoginAt === undefined ? {} : { days_away: Math.floor((time.at - lastLoginAt) / DAY_MS) }),
    first_quiz: offers[0]?.name ?? '',
    others: offers.length - 1 + more,
    quizzes: offers.map(({ name, place }) => ({ name, place })),
    more,
    quiz_url: baseUrl,
  };
}

/** The two batches of a run. */
export interface ReminderBatches {
  readonly usual: string;
  /** Those of quiet hours. */
  readonly quiet: string;
}

/** Writes reminders down, each once. @returns those that somebody else sent meanwhile */
export async function writeReminders(
  deps: ReminderDeps,
  { reminders, batches }: { readonly reminders: readonly Reminder[]; readonly batches: ReminderBatches },
): Promise<readonly Reminder[]> {
  const now = deps.now?.() ?? new Date();
  const wentOut = await supersede(deps.plan.database.orm, {
    ids: reminders.flatMap(({ supersedes }) => supersedes),
    now,
  });
  const isLate = ({ supersedes }: Reminder) => supersedes.some((id) => wentOut.has(id));
  const left = reminders.filter((one) => !isLate(one));
  const contactIds = await enrol(deps, { recipients: left, now });
  for (const isQuiet of [false, true]) {
    const messages = left
      .filter(({ isInQuietHours }) => isInQuietHours === isQuiet)
      .map(
        ({ key, email, due, params }): PlannedMessage => ({
          key,
          kind: 'reminder',
          contactId: contactIds.get(email) ?? 0,
          template: REMINDER_TEMPLATE,
          dueAt: new Date(due.at),
          params,
        }),
      );
    await prepareBatch(deps.plan, { batch: isQuiet ? batches.quiet : batches.usual, messages, now });
  }
  return reminders.filter(isLate);
}
