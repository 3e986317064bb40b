import { localDate } from './reminder-time.ts';
import type { QuizUser } from './user.ts';

const DAY_MS = 86_400_000;

/** Why a user gets no reminder. */
export type NoReminder =
  | 'not_active'
  | 'admin'
  | 'opted_out'
  /** Logged in within the days that count, or registered within them and never logged in. */
  | 'recently_active'
  | 'recently_joined'
  /** Logged in after the reminder was due, which a late run sees. */
  | 'came_back';

/**
 * Whether a user is to be reminded at an instant; addresses, suppressions and what was sent before are not asked here.
 * @param at UTC milliseconds at which the reminder is due; also of a late run, so that it finds the same people.
 * @param inactiveDays days of 24 h; the last login lies strictly before that.
 */
export function whyNoReminder(
  user: Pick<QuizUser, 'isActive' | 'isAdmin' | 'wantsReminders' | 'lastLoginAt' | 'registeredAt'>,
  { at, inactiveDays }: { readonly at: number; readonly inactiveDays: number },
): NoReminder | undefined {
  if (!user.isActive) return 'not_active';
  if (user.isAdmin) return 'admin';
  if (!user.wantsReminders) return 'opted_out';
  const since = at - inactiveDays * DAY_MS;
  const { lastLoginAt, registeredAt } = user;
  if (lastLoginAt === undefined) {
    // Without a day of registration nobody can say that it was long ago.
    return registeredAt !== undefined && registeredAt < since ? undefined : 'recently_joined';
  }
  if (lastLoginAt > at) return 'came_back';
  return lastLoginAt < since ? undefined : 'recently_active';
}

/** A reminder of the ledger that went out, may have gone out, or still waits. Instants are UTC milliseconds. */
export interface EarlierReminder {
  readonly id: number;
  readonly key: string;
  /** `waiting`: nobody has tried to send it yet. */
  readonly state: 'waiting' | 'sent';
  readonly dueAt: number;
  /** When it was taken, or first tried; when it was due as long as it waits. */
  readonly sentAt: number;
}

/**
 * What the reminders before this one mean for it. `supersede`: those that still wait must be closed first, or the person
 * would get two on one day.
 */
export function afterEarlier({
  earlier,
  key,
  due,
  lastLoginAt,
  mostInARow,
}: {
  readonly earlier: readonly EarlierReminder[];
  /** Of the mail that is planned. */
  readonly key: string;
  readonly due: { readonly zone: string; readonly localDate: string };
  readonly lastLoginAt: number | undefined;
  readonly mostInARow: number;
}): { readonly reason: 'reminded_today' | 'cap_reached' } | { readonly supersede: readonly number[] } {
  const sent = earlier.filter(({ state }) => state === 'sent');
  // Also one of another date, when the person has moved to another zone or it was put off to this morning.
  const today = sent.some(
    (one) => one.key === key || localDate({ at: one.sentAt, zone: due.zone }) === due.localDate,
  );
  if (today) return { reason: 'reminded_today' };
  const inARow = sent.filter(({ dueAt }) => lastLoginAt === undefined || dueAt > lastLoginAt);
  if (inARow.length >= mostInARow) return { reason: 'cap_reached' };
  return {
    supersede: earlier.filter((one) => one.state === 'waiting' && one.key !== key).map(({ id }) => id),
  };
}

/** Once by this key: a person of the quiz and a day where that person is. */
export function reminderKey({
  localDate,
  userId,
}: {
  readonly localDate: string;
  readonly userId: number;
}): string {
  return `reminder/${localDate}/${userId}`;
}
