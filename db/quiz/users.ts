import type { QuizUser } from '../../domain/quiz/user.ts';
import { createSiteClock } from '../../domain/site-clock.ts';
import type { QuizConnection } from './connection.ts';
import { type QuizShape, tableOf } from './shape.ts';

interface QuizUsersPage {
  readonly users: readonly QuizUser[];
  /** Every user up to and including this one was looked at; undefined after the last page. */
  readonly through: number | undefined;
}

/** Which users a page is taken from. */
export type UsersWanted =
  | { readonly kind: 'all' }
  /** Those who wrote a zone or a time of their own. */
  | { readonly kind: 'with_own_time' }
  | { readonly kind: 'ids'; readonly ids: readonly number[] };

export interface QuizUsersReader {
  /** In the order of their ids. */
  page(input: {
    readonly wanted: UsersWanted;
    readonly after: number;
    readonly limit: number;
  }): Promise<QuizUsersPage>;
  /** Those of the ids that are there. */
  byIds(ids: readonly number[]): Promise<readonly QuizUser[]>;
  /** Ids of users whose address is this one, white space and case of letters aside. */
  idsOfAddress(email: string): Promise<readonly number[]>;
}

/** The source's naive times are UTC. */
const clock = createSiteClock('UTC');

export function createQuizUsersReader(quiz: Pick<QuizConnection, 'read'>, shape: QuizShape): QuizUsersReader {
  const user = (column: Parameters<typeof shape.column<'users'>>[1], fallback?: string) =>
    shape.column('users', column, { alias: 'u', ...(fallback === undefined ? {} : { fallback }) });
  const preference = (column: Parameters<typeof shape.column<'preferences'>>[1], fallback = 'NULL') =>
    shape.column('preferences', column, { alias: 'p', fallback });
  const id = user('id');
  const hasPreferences = shape.has('preferences', 'userId');
  const optedOut = `LOWER(TRIM(COALESCE(${user('emailPreferences')}, ''))) = 'disabled' OR ${preference('emailNotifications')} = 0`;
  const select = `
    SELECT ${id} AS id, ${user('email')} AS email, ${user('name')} AS name,
      IF(${user('isActive')}, 1, 0) AS isActive, IF(${user('isAdmin')}, 1, 0) AS isAdmin,
      CAST(${user('lastLogin')} AS CHAR) AS lastLogin, CAST(${user('registeredAt')} AS CHAR) AS registeredAt,
      ${user('timezone')} AS timezone, CAST(${preference('reminderTime')} AS CHAR) AS reminderTime,
      IF(${optedOut}, 1, 0) AS optedOut,
      IF(${preference('dailyReminders')} = 0, 1, 0) AS noReminders,
      IF(${preference('monthlyReports')} = 0, 1, 0) AS noReports
    FROM ${tableOf('users')} u
    ${hasPreferences ? `LEFT JOIN ${tableOf('preferences')} p ON ${preference('userId')} = ${id}` : ''}`;

  const reader: QuizUsersReader = {
    async page({ wanted, after, limit }) {
      const where = [
        `${id} > ?`,
        ...(wanted.kind === 'with_own_time'
          ? [`(COALESCE(${user('timezone')}, '') <> '' OR ${preference('reminderTime')} IS NOT NULL)`]
          : []),
        ...(wanted.kind === 'ids' ? [`${id} IN (?)`] : []),
      ];
      if (wanted.kind === 'ids' && wanted.ids.length === 0) return { users: [], through: undefined };
      const rows = await quiz.read<UserRow>(`${select} WHERE ${where.join(' AND ')} ORDER BY ${id} LIMIT ?`, [
        after,
        ...(wanted.kind === 'ids' ? [wanted.ids] : []),
        limit,
      ]);
      return {
        users: uniqueUsers(rows),
        through: rows.length < limit ? undefined : Number(rows.at(-1)?.id),
      };
    },
    async byIds(ids) {
      if (ids.length === 0) return [];
      return uniqueUsers(await quiz.read<UserRow>(`${select} WHERE ${id} IN (?) ORDER BY ${id}`, [ids]));
    },
    async idsOfAddress(email) {
      const rows = await quiz.read<{ id: unknown }>(
        `SELECT ${id} AS id FROM ${tableOf('users')} u WHERE LOWER(TRIM(${user('email')})) = ? ORDER BY ${id}`,
        [email],
      );
      return rows.map((row) => Number(row.id));
    },
  };
  return reader;
}

interface UserRow {
  readonly id: unknown;
  readonly email: unknown;
  readonly name: unknown;
  readonly isActive: unknown;
  readonly isAdmin: unknown;
  readonly lastLogin: string | null;
  readonly registeredAt: string | null;
  readonly timezone: unknown;
  readonly reminderTime: string | null;
  readonly optedOut: unknown;
  readonly noReminders: unknown;
  readonly noReports: unknown;
}

/** Two rows of preferences make two rows of a user; an opt-out in either counts. */
function uniqueUsers(rows: readonly UserRow[]): readonly QuizUser[] {
  const users = new Map<number, QuizUser>();
  for (const row of rows) {
    const user = toUser(row);
    const other = users.get(user.id);
    users.set(
      user.id,
      other === undefined
        ? user
        : {
            ...other,
            wantsReminders: other.wantsReminders && user.wantsReminders,
            wantsReports: other.wantsReports && user.wantsReports,
          },
    );
  }
  return [...users.values()];
}

function toUser(row: UserRow): QuizUser {
  const optedOut = Number(row.optedOut) === 1;
  return {
    id: Number(row.id),
    email: textOf(row.email),
    name: (textOf(row.name) ?? '').trim(),
    isActive: Number(row.isActive) === 1,
    isAdmin: Number(row.isAdmin) === 1,
    lastLoginAt: instantOf(row.lastLogin),
    registeredAt: instantOf(row.registeredAt),
    timezone: textOf(row.timezone),
    reminderTime: row.reminderTime,
    wantsReminders: !optedOut && Number(row.noReminders) !== 1,
    wantsReports: !optedOut && Number(row.noReports) !== 1,
  };
}

function instantOf(naive: string | null): number | undefined {
  return naive === null ? undefined : clock.toUtc(naive);
}

function textOf(value: unknown): string | null {
  if (Buffer.isBuffer(value)) return value.toString('utf8');
  return typeof value === 'string' ? value : null;
}
