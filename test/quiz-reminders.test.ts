import { describe, expect, it } from 'vitest';
import { judgeReminders } from '../activities/quiz-reminder-plan.ts';
import { createOffersReader } from '../db/quiz/offers.ts';
import { readQuizShape } from '../db/quiz/shape.ts';
import { createQuizUsersReader } from '../db/quiz/users.ts';
import { until } from './support/installation.ts';
import { hashOf } from './support/mail-deps.ts';
import { openQuizStage, type QuizStage } from './support/quiz/stage.ts';

const at = (text: string) => new Date(text);

/** As a dry run: who would get one, and why the others not. */
async function judge(
  stage: QuizStage,
  asOf: string,
  group: 'everyone' | 'default_time' | 'own_time' = 'everyone',
) {
  const shape = await readQuizShape(stage.deps.quiz);
  const { reminders, others } = await judgeReminders(stage.deps, {
    asOf: at(asOf),
    group,
    userIds: undefined,
    after: 0,
    users: createQuizUsersReader(stage.deps.quiz, shape),
    offers: createOffersReader(stage.deps.quiz, shape),
  });
  return {
    ids: reminders.map(({ user }) => user.id),
    reminders,
    reasons: Object.fromEntries(others.map(({ user, reason }) => [user.id, reason])),
  };
}

async function reasonsOf(stage: QuizStage) {
  return stage.sql<{ key: string; state: string; reason: string | null }>(
    'SELECT message_key AS `key`, state, reason FROM messages ORDER BY id',
  );
}

describe('a reminder', () => {
  it('goes to those who stayed away, names five quizzes and the way out, and says who gets none', async () => {
    const stage = await openQuizStage();
    await stage.quizzes(7);
    await stage.startWorker();
    const ann = await stage.user({
      email: ' Ann@Example.com',
      name: 'Ann',
      lastLogin: '2025-02-08 17:59:59',
    });
    await stage.user({ lastLogin: '2025-02-08 18:00:00' });
    await stage.user({ isAdmin: 1 });
    await stage.user({ isActive: 0 });
    await stage.user({ emailPreferences: 'disabled' });
    await stage.user({ preferences: [0, 1, 1, null] });
    await stage.user({ preferences: [1, 1, 0, null] });
    await stage.user({ email: 'nobody' });
    const suppressed = await stage.user({ email: 'bounced@example.com' });
    const done = await stage.user();
    for (const quizId of [1, 2, 3, 4, 5, 6, 7])
      await stage.score({ userId: done, quizId, at: '2025-01-20 10:00:00', percentage: 80 });
    await stage.score({ userId: ann, quizId: 7, at: '2025-01-20 10:00:00', percentage: 80 });
    await stage.sql(
      `INSERT INTO suppressions (address_hash, scope, reason, source, since)
       VALUES ('${hashOf('bounced@example.com')}', 'all', 'hard_bounce', 'webhook', '2025-01-01')`,
    );
    const result = await stage.remind();
    expect(result).toMatchObject({
      state: 'done',
      looked: 10,
      planned: 1,
      delivery: { accepted: 1, rejected: 0, withheld: 0, uncertain: 0 },
      reasons: {
        recently_active: 1,
        admin: 1,
        not_active: 1,
        opted_out: 3,
        invalid_email: 1,
        suppressed_hard_bounce: 1,
        nothing_to_offer: 1,
      },
    });
    const [mail, ...more] = await stage.sandbox.control.mails();
    expect(more).toEqual([]);
    expect(mail?.to[0]?.email).toBe('ann@example.com');
    expect(mail?.subject).toBe('Ready for you: Quiz 6 and 5 more');
    for (const part of [mail?.html ?? '', mail?.text ?? '']) {
      expect(part).toContain('Hi Ann,');
      expect(part.match(/Quiz \d/g)?.slice(-5)).toEqual(['Quiz 6', 'Quiz 5', 'Quiz 4', 'Quiz 3', 'Quiz 2']);
      expect(part).toContain('Mathematics · Algebra');
      expect(part).toContain('and 1 more');
      expect(part).toContain('https://quiz.example.org');
      expect(part).toContain('https://events.example.org/u/');
    }
    expect(suppressed).toBeGreaterThan(0);
    // Nobody who gets no mail becomes a contact.
    expect(await stage.sql('SELECT email, name, consent FROM contacts')).toEqual([
      { email: 'ann@example.com', name: 'Ann', consent: 'unknown' },
    ]);
    expect(await stage.sql('SELECT resource FROM contact_resources')).toEqual([
      { resource: `quiz-user.${ann}` },
    ]);
  });

  it('comes once a person and day, whoever asks how often', async () => {
    const stage = await openQuizStage();
    await stage.quizzes(2);
    await Promise.all([stage.startWorker(), stage.startWorker()]);
    for (let count = 0; count < 30; count += 1) await stage.user();
    const runs = await Promise.all([1, 2, 3].map(() => stage.remind()));
    expect(runs.every(({ state }) => state === 'done')).toBe(true);
    expect(await stage.remind()).toMatchObject({ planned: 0, reasons: { reminded_today: 30 } });
    expect(await stage.remind({ group: 'default_time' })).toMatchObject({ planned: 0 });
    expect(new Set(await stage.mailed()).size).toBe(30);
    expect(await stage.mailed()).toHaveLength(30);
  });

  it('comes three days in a row, then not before a login', async () => {
    const stage = await openQuizStage();
    await stage.quizzes(2);
    await stage.startWorker();
    const id = await stage.user();
    for (const day of ['10', '11', '12', '13']) {
      stage.clock.now = at(`2025-02-${day}T18:00:00Z`);
      const expected = day === '13' ? { planned: 0, reasons: { cap_reached: 1 } } : { planned: 1 };
      expect(await stage.remind()).toMatchObject(expected);
    }
    await stage.admin.query("UPDATE users SET last_login = '2025-02-13 20:00:00' WHERE id = ?", [id]);
    stage.clock.now = at('2025-02-17T18:00:00Z');
    expect(await stage.remind()).toMatchObject({ planned: 1 });
    expect(await stage.mailed()).toHaveLength(4);
  });

  it('is one for two users who have the same address', async () => {
    const stage = await openQuizStage();
    await stage.quizzes(1);
    await stage.startWorker();
    await stage.user({ email: 'same@example.com' });
    await stage.user({ email: ' same@EXAMPLE.com' });
    expect(await stage.remind()).toMatchObject({ planned: 1, reasons: { same_address: 1 } });
    expect(await stage.remind()).toMatchObject({ planned: 0 });
    expect(await stage.mailed()).toEqual(['same@example.com']);
  });
});

describe('times of their own', () => {
  it('are kept in their zone, by the quarter of an hour; all others have the hour of the day', async () => {
    const stage = await openQuizStage();
    await stage.quizzes(1);
    const usual = await stage.user();
    const tokyo = await stage.user({ timezone: 'Asia/Tokyo' });
    const early = await stage.user({ preferences: [1, 1, 1, '07:30:00'] });
    const lost = await stage.user({ timezone: 'Mars/Olympus' });
    expect((await judge(stage, '2025-02-10T18:00:00Z', 'default_time')).ids).toEqual([usual, lost]);
    expect((await judge(stage, '2025-02-10T18:00:00Z', 'own_time')).ids).toEqual([]);
    expect((await judge(stage, '2025-02-10T09:00:00Z', 'own_time')).ids).toEqual([tokyo]);
    expect((await judge(stage, '2025-02-10T07:30:00Z', 'own_time')).ids).toEqual([early]);
    expect((await judge(stage, '2025-02-10T18:00:00Z')).ids).toEqual([usual, tokyo, early, lost]);
  });

  it('of which one is unknown are counted, and that user is served at the usual time', async () => {
    const stage = await openQuizStage();
    await stage.quizzes(1);
    await stage.startWorker();
    const lost = await stage.user({ timezone: 'Mars/Olympus' });
    expect(await stage.remind({ group: 'default_time' })).toMatchObject({
      planned: 1,
      faults: { unknown_zone: { count: 1, userIds: [lost] }, unreadable_time: { count: 0 } },
    });
  });

  it('that change in between bring no second one on the same local day', async () => {
    const stage = await openQuizStage();
    await stage.quizzes(1);
    await stage.startWorker();
    const id = await stage.user({ timezone: 'Pacific/Honolulu' });
    stage.clock.now = at('2025-02-10T04:00:00Z');
    expect(await stage.remind({ group: 'own_time' })).toMatchObject({ planned: 1 });
    // An hour later it is 18:00 in Auckland, of the day on which the first one came.
    await stage.admin.query("UPDATE users SET timezone = 'Pacific/Auckland' WHERE id = ?", [id]);
    stage.clock.now = at('2025-02-10T05:00:00Z');
    expect(await stage.remind({ group: 'own_time' })).toMatchObject({
      planned: 0,
      reasons: { reminded_today: 1 },
    });
    stage.clock.now = at('2025-02-11T05:00:00Z');
    expect(await stage.remind({ group: 'own_time' })).toMatchObject({ planned: 1 });
    expect(await stage.mailed()).toHaveLength(2);
  });
});

describe('a late run', () => {
  it('finds exactly the people of its time, but for those who came back', async () => {
    const stage = await openQuizStage();
    await stage.quizzes(1);
    await stage.startWorker();
    const inactive = await stage.user({ lastLogin: '2025-02-08 17:00:00' });
    // Inactive for two days at 21:00, not at 18:00.
    await stage.user({ lastLogin: '2025-02-08 19:00:00' });
    await stage.user({ lastLogin: '2025-02-10 19:30:00' });
    stage.clock.now = at('2025-02-10T21:00:00Z');
    const result = await stage.remind({ asOf: '2025-02-10T18:00:00Z' });
    expect(result).toMatchObject({
      planned: 1,
      reasons: { recently_active: 1, came_back: 1 },
      delivery: { accepted: 1 },
    });
    expect((await reasonsOf(stage)).map(({ key }) => key)).toEqual([`reminder/2025-02-10/${inactive}`]);
  });

  it('disturbs nobody at night: it waits for the morning, and the next day’s counts that as its own', async () => {
    const stage = await openQuizStage();
    await stage.quizzes(1);
    await stage.startWorker();
    await stage.user();
    stage.clock.now = at('2025-02-10T23:00:00Z');
    const run = await stage.start('quizReminders', { asOf: '2025-02-10T18:00:00Z' });
    await until('the mail waits', async () => (await reasonsOf(stage))[0]?.reason === 'outside_window');
    expect(await stage.mailed()).toEqual([]);
    stage.clock.now = at('2025-02-11T08:00:30Z');
    expect(await run.result()).toMatchObject({ planned: 1, delivery: { accepted: 1 } });
    stage.clock.now = at('2025-02-11T18:00:00Z');
    expect(await stage.remind()).toMatchObject({ planned: 0, reasons: { reminded_today: 1 } });
    expect(await stage.mailed()).toHaveLength(1);
  });

  it('gives way to the next day’s when it still waits', async () => {
    const stage = await openQuizStage();
    await stage.quizzes(1);
    await stage.user();
    stage.clock.now = at('2025-02-10T23:00:00Z');
    await stage.startWorker();
    const waiting = await stage.start('quizReminders', { asOf: '2025-02-10T18:00:00Z' });
    await until('the mail waits', async () => (await reasonsOf(stage))[0]?.reason === 'outside_window');
    await waiting.cancel();
    stage.clock.now = at('2025-02-11T18:00:00Z');
    expect(await stage.remind()).toMatchObject({ planned: 1, delivery: { accepted: 1 } });
    expect((await reasonsOf(stage)).map(({ state, reason }) => [state, reason])).toEqual([
      ['withheld', 'superseded'],
      ['accepted', null],
    ]);
  });

  it('keeps an hour that somebody chose at night, and does not make up for it hours later', async () => {
    const stage = await openQuizStage();
    await stage.quizzes(1);
    await stage.startWorker();
    await stage.user({ preferences: [1, 1, 1, '23:00:00'] });
    stage.clock.now = at('2025-02-10T23:00:10Z');
    expect(await stage.remind({ asOf: '2025-02-10T23:00:00Z', group: 'own_time' })).toMatchObject({
      delivery: { accepted: 1 },
    });
    stage.clock.now = at('2025-02-12T03:00:00Z');
    expect(await stage.remind({ asOf: '2025-02-11T23:00:00Z', group: 'own_time' })).toMatchObject({
      delivery: { accepted: 0, withheld: 1 },
    });
  });

  it('of last week sends nothing and says why', async () => {
    const stage = await openQuizStage();
    await stage.quizzes(1);
    await stage.startWorker();
    await stage.user();
    expect(await stage.remind({ asOf: '2025-02-03T18:00:00Z' })).toEqual({
      state: 'stale',
      asOf: '2025-02-03T18:00:00.000Z',
      why: 'its time is 168 h ago, and a reminder is news for 24 h',
    });
    expect(await reasonsOf(stage)).toEqual([]);
    await expect(stage.remind({ asOf: '2025-02-11T18:00:00Z' })).rejects.toMatchObject({
      cause: { cause: { type: 'as_of_ahead' } },
    });
  });
});

describe('trouble', () => {
  it('a worker that dies (-9) in the middle of a page, another one in the middle of sending: each mail once', async () => {
    const stage = await openQuizStage();
    await stage.quizzes(3);
    for (let count = 0; count < 12; count += 1) await stage.user();
    const planner = await stage.spawnWorker({ killAt: 'planned' });
    const run = await stage.start('quizReminders', { asOf: stage.clock.now.toISOString() });
    await until('the first worker has died', () => Promise.resolve(planner.signalCode === 'SIGKILL'));
    const sender = await stage.spawnWorker({ killAt: 'sent some' });
    await until('the second worker has died', () => Promise.resolve(sender.signalCode === 'SIGKILL'));
    // Who died while calling is believed dead by the clock, not by the wall.
    await stage.spawnWorker({ now: '2025-02-10T18:01:00Z' });
    expect(await run.result()).toMatchObject({ planned: 12, delivery: { accepted: 12 } });
    expect(new Set(await stage.mailed()).size).toBe(12);
    expect(await stage.mailed()).toHaveLength(12);
  }, 120_000);

  it('of Brevo is waited out; mails that it refuses for good are counted', async () => {
    const stage = await openQuizStage();
    await stage.quizzes(1);
    await stage.startWorker();
    for (let count = 0; count < 6; count += 1) await stage.user();
    await stage.sandbox.control.addFault({
      kind: 'status',
      status: 400,
      code: 'invalid_parameter',
      email: 'learner3@example.com',
    });
    await stage.sandbox.control.addFault({ kind: 'status', status: 503, route: '/smtp/email', first: 4 });
    expect(await stage.remind()).toMatchObject({
      planned: 6,
      delivery: { accepted: 5, rejected: 1 },
    });
    expect(await stage.mailed()).toHaveLength(5);
  });

  it('of the quiz database delays the run, and loses nobody', async () => {
    const stage = await openQuizStage();
    await stage.quizzes(1);
    await stage.user();
    await stage.admin.query('RENAME TABLE users TO users_away');
    const { quiz } = stage.deps;
    const broken = quiz.read.bind(quiz);
    let down = true;
    Object.assign(quiz, {
      read: (...args: Parameters<typeof broken>) =>
        down
          ? Promise.reject(Object.assign(new Error('refused'), { code: 'ECONNREFUSED', errno: -111 }))
          : broken(...args),
    });
    await stage.startWorker();
    const run = await stage.start('quizReminders', { asOf: stage.clock.now.toISOString() });
    await until('it is tried again', async () => {
      const { raw } = await run.describe();
      return (raw.pendingActivities?.[0]?.attempt ?? 0) > 2;
    });
    await stage.admin.query('RENAME TABLE users_away TO users');
    down = false;
    expect(await run.result()).toMatchObject({ planned: 1, delivery: { accepted: 1 } });
  });

  it('a dry worker writes and sends nothing', async () => {
    const stage = await openQuizStage({ dryRun: true });
    await stage.quizzes(1);
    await stage.startWorker();
    await stage.user();
    expect(await stage.remind()).toMatchObject({ dryRun: true, planned: 1, delivery: { accepted: 0 } });
    expect(await reasonsOf(stage)).toEqual([]);
    expect(await stage.sql('SELECT id FROM contacts')).toEqual([]);
  });
});
