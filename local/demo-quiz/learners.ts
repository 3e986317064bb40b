import type { Person } from '../demo-site/people.ts';
import { pick, pickWeighted, type Random, wholeNumber } from '../demo-site/random.ts';
import { ZONES } from './catalogue.ts';

const DAY_MS = 86_400_000;
/** Six whole months lie in it, whatever day it is. */
const HISTORY_DAYS = 215;

export interface DemoScore {
  readonly quizId: number;
  readonly at: Date;
  readonly scored: number;
  readonly possible: number;
  readonly seconds: number | null;
  readonly percentage: number | null;
  readonly passed: boolean | undefined;
}

export interface DemoLearner {
  readonly id: number;
  readonly email: string;
  readonly username: string;
  readonly isAdmin: boolean;
  readonly isActive: boolean;
  readonly lastLogin: Date | undefined;
  readonly registeredAt: Date;
  readonly emailPreferences: 'enabled' | 'disabled';
  readonly timezone: string | null;
  /** daily_reminders, monthly_reports, email_notifications, reminder_time. */
  readonly preferences: readonly [number, number, number, string | null] | undefined;
  readonly scores: readonly DemoScore[];
}

interface Draw {
  readonly random: Random;
  readonly person: Person;
  readonly number: number;
  readonly now: Date;
  readonly quizzes: number;
}

/**
 * One invented learner and what they did in the last months: a few are eager, most come in spells, some stopped long ago,
 * some never began. Nobody gets better by leaps, and a quiz that was failed is often tried again.
 */
export function demoLearner(draw: Draw): DemoLearner {
  const { random, person, number, now } = draw;
  const kind = pickWeighted(random, [
    ['eager', 12],
    ['steady', 38],
    ['fading', 30],
    ['gone', 14],
    ['never', 6],
  ] as const);
  const registered = wholeNumber(random, { least: 4, most: 400 });
  const registeredAt = new Date(now.getTime() - registered * DAY_MS - Math.floor(random() * DAY_MS));
  const scores = kind === 'never' ? [] : attempts({ ...draw, kind, registeredAt });
  const latest = scores.at(-1)?.at;
  // Sometimes somebody looks in without taking a quiz; those who come often do so every few days.
  const looksIn = kind === 'eager' || kind === 'steady' ? now.getTime() - random() ** 2 * 6 * DAY_MS : 0;
  const lookedIn = new Date(
    Math.min(
      now.getTime() - 60_000,
      Math.max(looksIn, (latest ?? registeredAt).getTime() + random() * 2 * DAY_MS),
    ),
  );
  return {
    id: number,
    email: person.email.trim(),
    username: `${person.name.split(' ')[0] ?? person.name}${number}`,
    isAdmin: number % 167 === 0,
    isActive: random() > 0.03,
    lastLogin: latest === undefined && random() < 0.5 ? undefined : lookedIn,
    registeredAt,
    emailPreferences: random() < 0.04 ? 'disabled' : 'enabled',
    // One zone that does not exist: somebody's form let it through.
    timezone: number === 77 ? 'Mars/Olympus' : random() < 0.12 ? pick(random, ZONES) : null,
    preferences: random() < 0.25 ? preferences(random) : undefined,
    scores,
  };
}

function preferences(random: Random): readonly [number, number, number, string | null] {
  const time = random() < 0.4 ? pick(random, ['07:30:00', '12:00:00', '17:15:00', '20:00:00']) : null;
  return [random() < 0.85 ? 1 : 0, random() < 0.9 ? 1 : 0, random() < 0.95 ? 1 : 0, time];
}

const PER_WEEK = { eager: 4, steady: 1.6, fading: 1.4, gone: 1.2 } as const;

function attempts({
  random,
  now,
  quizzes,
  kind,
  registeredAt,
}: Draw & { readonly kind: keyof typeof PER_WEEK; readonly registeredAt: Date }): readonly DemoScore[] {
  const stopped = { eager: 0, steady: 0, fading: 25, gone: 75 }[kind] * DAY_MS * (0.5 + random());
  const to = now.getTime() - stopped - random() * 3 * DAY_MS;
  const from = Math.max(registeredAt.getTime(), now.getTime() - HISTORY_DAYS * DAY_MS);
  const talent = 42 + 40 * random();
  const scores: DemoScore[] = [];
  const gap = (7 * DAY_MS) / PER_WEEK[kind];
  let quizId = wholeNumber(random, { least: 1, most: quizzes });
  let failed = false;
  // The pauses between visits are uneven: two quizzes on one evening, then nothing for a week.
  for (let at = from + random() * gap; at < to; at += gap * (random() < 0.35 ? 0.02 : 2.2 * random())) {
    if (!failed || random() < 0.5) quizId = wholeNumber(random, { least: 1, most: quizzes });
    const progress = (14 * (at - from)) / Math.max(DAY_MS, to - from);
    const possible = pick(random, [8, 10, 12, 20]);
    const share = Math.min(1, Math.max(0.1, (talent + progress + 36 * (random() - 0.5)) / 100));
    const scored = Math.round(possible * share);
    const percentage = (scored / possible) * 100;
    // Answers in free text wait for a teacher.
    const isMarked = random() > 0.01;
    failed = percentage < 60;
    scores.push({
      quizId,
      at: new Date(Math.floor(at / 1000) * 1000),
      scored,
      possible,
      seconds: random() < 0.02 ? null : possible * wholeNumber(random, { least: 18, most: 55 }),
      percentage: isMarked ? percentage : null,
      passed: isMarked ? !failed : undefined,
    });
  }
  return scores;
}
