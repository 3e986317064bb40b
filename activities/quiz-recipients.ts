import { ensureContacts, rememberResources } from '../db/contacts.ts';
import type { Database } from '../db/pool.ts';
import type { QuizConnection } from '../db/quiz/connection.ts';
import { quizResource } from '../db/quiz-month-figures.ts';
import { type KnownRecipient, knownRecipients, suppressionsOf } from '../db/quiz-recipients.ts';
import { canonicalEmail, type EmailFault } from '../domain/email.ts';
import { ownTimeOf } from '../domain/quiz/reminder-time.ts';
import type { QuizUser } from '../domain/quiz/user.ts';
import { mayISend } from '../domain/sending/may-i-send.ts';
import type { SendPolicy } from '../domain/sending/message.ts';
import type { MailScope } from '../domain/sending/scopes.ts';
import type { PlanDeps } from './message-batches.ts';

/** What both flows of the quiz need to plan. */
export interface QuizDeps {
  readonly plan: PlanDeps;
  readonly quiz: QuizConnection;
  /** Without a slash at the end. */
  readonly baseUrl: string;
  /** IANA: of users who have none of their own, and of months. */
  readonly timezone: string;
  /** That of contacts who have none (CONTACT_TIMEZONE). */
  readonly contactTimezone: string;
  /** Where the mails are sent. */
  readonly mailTaskQueue: string;
  readonly dryRun: boolean;
  readonly now?: () => Date;
}

/** Local hours in which mails of the quiz go out; what is late waits for the morning as long as it is fresh. */
export const QUIZ_HOURS = { from: '08:00', to: '21:30' } as const;

/** A user who may be written to. */
export interface QuizRecipient {
  readonly user: QuizUser;
  /** Canonical. */
  readonly email: string;
  /** Undefined: no contact of ours yet. */
  readonly known: KnownRecipient | undefined;
}

/** Why somebody cannot be written to; also `suppressed_…`. */
export type NotReached = EmailFault | 'same_address' | `suppressed_${string}`;

/**
 * Who of these users can be written to. Suppressions are asked here so that the counts say so; they are asked once more when
 * each mail goes out.
 */
export async function findRecipients(
  { database, hashAddress }: Pick<PlanDeps, 'hashAddress'> & { readonly database: Pick<Database, 'orm'> },
  {
    users,
    scope,
    now,
  }: { readonly users: readonly QuizUser[]; readonly scope: MailScope; readonly now: Date },
): Promise<{
  readonly recipients: readonly QuizRecipient[];
  readonly refused: readonly { readonly user: QuizUser; readonly reason: NotReached }[];
}> {
  const refused: { user: QuizUser; reason: NotReached }[] = [];
  const byEmail = new Map<string, QuizUser>();
  for (const user of users) {
    const address = canonicalEmail(user.email);
    if (!address.ok) refused.push({ user, reason: address.fault });
    else if (byEmail.has(address.email)) refused.push({ user, reason: 'same_address' });
    else byEmail.set(address.email, user);
  }
  const emails = [...byEmail.keys()];
  const hashes = new Map(emails.map((email) => [email, hashAddress(email)]));
  const [suppressed, known] = await Promise.all([
    suppressionsOf(database.orm, [...hashes.values()]),
    knownRecipients(database.orm, emails),
  ]);
  const recipients: QuizRecipient[] = [];
  for (const [email, user] of byEmail) {
    const verdict = mayISend({
      now,
      dueAt: now,
      scope,
      consent: 'unknown',
      zone: 'UTC',
      suppressions: suppressed.get(hashes.get(email) ?? '') ?? [],
      recentMarketing: [],
      policy: ASK_ONLY,
    });
    if (verdict.answer === 'never') refused.push({ user, reason: verdict.reason as NotReached });
    else recipients.push({ user, email, known: known.get(email) });
  }
  return { recipients, refused };
}

const ASK_ONLY: SendPolicy = { uncertain: 'hold' };

/**
 * Makes contacts of them where they are none, and tells what the quiz knows: the zone that they chose; a name and the zone
 * of the quiz only where nothing better is known.
 * @returns ids of the contacts by address
 */
export async function enrol(
  { plan: { database }, timezone, contactTimezone }: Pick<QuizDeps, 'plan' | 'timezone' | 'contactTimezone'>,
  { recipients, now }: { readonly recipients: readonly QuizRecipient[]; readonly now: Date },
): Promise<ReadonlyMap<string, number>> {
  if (recipients.length === 0) return new Map();
  const usual = timezone === contactTimezone ? undefined : timezone;
  const ids = await ensureContacts(database.orm, {
    facts: recipients.map(({ user, email, known }) => ({
      email,
      firstName: undefined,
      name: known?.hasName === true ? undefined : nameOf(user),
      timezone: ownTimeOf(user).zone ?? (known?.hasZone === true ? undefined : usual),
    })),
    now,
  });
  await rememberResources(
    database.orm,
    recipients.flatMap(({ user, email }) => {
      const contactId = ids.get(email);
      return contactId === undefined ? [] : [{ resource: quizResource(user.id), contactId }];
    }),
  );
  return ids;
}

const LONGEST_NAME = 200;

/** A name that a mail can greet; undefined where there is none. */
export function nameOf({ name }: Pick<QuizUser, 'name'>): string | undefined {
  const shown = name.replace(/\s+/g, ' ').trim().slice(0, LONGEST_NAME);
  return shown === '' ? undefined : shown.toWellFormed();
}

/** Counts by reason, for results and details: no ids, no addresses. */
export type ReasonCounts = Readonly<Record<string, number>>;

export function countReasons(reasons: readonly string[]): ReasonCounts {
  const counts: Record<string, number> = {};
  for (const reason of reasons) counts[reason] = (counts[reason] ?? 0) + 1;
  return counts;
}
