import { describe, expect, it } from 'vitest';
import { createQuizMonthlyActivities } from '../activities/quiz-monthly-report.ts';
import { contactData } from '../db/contact-data.ts';
import { beginErasure, blankPerson } from '../db/erasure.ts';
import { loadCatalogue } from '../schedules/load.ts';
import { until } from './support/installation.ts';
import { hashOf } from './support/mail-deps.ts';
import { openQuizStage, type QuizStage } from './support/quiz/stage.ts';

/** The morning after February, and three people: two who took quizzes, one who did not. */
async function openMarch(): Promise<QuizStage & { readonly ids: readonly number[] }> {
  const stage = await openQuizStage();
  stage.clock.now = new Date('2025-03-01T09:00:00Z');
  await stage.quizzes(3);
  const ann = await stage.user({ email: 'ann@example.com', name: 'Ann' });
  const bob = await stage.user({ email: 'bob@example.com', name: 'Bob' });
  const eve = await stage.user({ email: 'eve@example.com', name: 'Eve' });
  for (const [at, percentage, passed] of [
    ['2025-01-31 23:59:59.999', 70, 1],
    ['2025-02-01 00:00:00', 50, 0],
    ['2025-02-14 10:00:00', 75.5, 1],
    ['2025-02-28 23:59:59', 100, 1],
    ['2025-03-01 00:00:00', 0, 0],
  ] as const)
    await stage.score({ userId: ann, at, percentage, passed, taken: 300 });
  await stage.score({ userId: bob, at: '2025-02-10 10:00:00', percentage: 90, passed: 1, taken: 60 });
  return { ...stage, ids: [ann, bob, eve] };
}

const ledger = (stage: QuizStage) =>
  stage.sql<{ key: string; template: string; state: string }>(
    'SELECT message_key AS `key`, template, state FROM messages ORDER BY message_key',
  );

describe('the monthly report', () => {
  it('tells each user of the month before, and asks those back who took no quiz', async () => {
    const stage = await openMarch();
    await stage.startWorker();
    const result = await stage.report();
    expect(result).toMatchObject({
      state: 'done',
      month: '2025-02',
      looked: 3,
      planned: 3,
      reasons: {},
      delivery: { accepted: 3 },
      gone: [],
    });
    expect(await ledger(stage)).toEqual([
      { key: `monthly/2025-02/${stage.ids[0]}`, template: 'quiz-month', state: 'accepted' },
      { key: `monthly/2025-02/${stage.ids[1]}`, template: 'quiz-month', state: 'accepted' },
      { key: `monthly/2025-02/${stage.ids[2]}`, template: 'quiz-month-quiet', state: 'accepted' },
    ]);
    const mails = await stage.sandbox.control.mails();
    const of = (email: string) => mails.find((mail) => mail.to[0]?.email === email);
    const ann = of('ann@example.com');
    expect(ann?.subject).toBe('Your February in quizzes: 3 taken, 75.2 % on average');
    for (const line of [
      'Hi Ann,',
      'Quizzes taken: 3 (January: 1)',
      'Average: 75.2 %, 5.2 points above January',
      'Best: 100.0 %',
      'Passed: 2 (66.7 %)',
      'Minutes spent: 15',
      'Rank: 2 of 2',
      'Average score by month: Sep none, Oct none, Nov none, Dec none, Jan 70.0 %, Feb 75.2 %',
      'https://events.example.org/u/',
    ]) {
      expect(ann?.text).toContain(line);
    }
    expect(ann?.html).toMatch(
      /<img src="https:\/\/events\.example\.org\/c\/[\w-]+\.png" width="520" height="279" alt="Average/,
    );
    expect(of('bob@example.com')?.text).toContain('Rank: 1 of 2');
    expect(of('eve@example.com')?.subject).toBe('February was quiet. One quiz to come back?');
    // What was counted is not kept.
    expect(await stage.sql('SELECT id FROM quiz_month_figures')).toEqual([]);
  });

  it('comes once a person and month, whoever asks how often', async () => {
    const stage = await openMarch();
    await Promise.all([stage.startWorker(), stage.startWorker()]);
    await Promise.all([stage.report(), stage.report()]);
    stage.clock.now = new Date('2025-03-04T11:00:00Z');
    expect(await stage.report()).toMatchObject({ planned: 0, reasons: { reported: 3 } });
    expect(await stage.mailed()).toEqual(['ann@example.com', 'bob@example.com', 'eve@example.com']);
    stage.clock.now = new Date('2025-04-01T09:00:00Z');
    expect(await stage.report()).toMatchObject({ month: '2025-03', planned: 3 });
    expect(await stage.mailed()).toHaveLength(6);
  });

  it('goes to one user alone when asked to, ranked among all', async () => {
    const stage = await openMarch();
    await stage.startWorker();
    expect(await stage.report({ userIds: [stage.ids[0] ?? 0] })).toMatchObject({ looked: 1, planned: 1 });
    const [mail] = await stage.sandbox.control.mails();
    expect(mail?.text).toContain('Rank: 2 of 2');
  });

  it('does not go to those who opted out, are suppressed, or were deleted in the middle of it', async () => {
    const stage = await openMarch();
    const [ann = 0, bob = 0] = stage.ids;
    await stage.admin.query("UPDATE users SET email_preferences = 'disabled' WHERE id = ?", [ann]);
    await stage.user({ preferences: [1, 0, 1, null] });
    await stage.user({ isActive: 0 });
    await stage.sql(
      `INSERT INTO suppressions (address_hash, scope, reason, source, since)
       VALUES ('${hashOf('eve@example.com')}', 'reports', 'unsubscribed', 'link', '2025-01-01')`,
    );
    const activities = createQuizMonthlyActivities(() => stage.deps);
    const asOf = stage.clock.now.toISOString();
    expect(await activities.countMonth({ asOf, snapshot: 'one' })).toEqual({ users: 4 });
    await stage.admin.query('DELETE FROM users WHERE id = ?', [bob]);
    expect(
      await activities.planMonths({ asOf, snapshot: 'one', after: 0, batch: 'monthly/2025-02/one' }),
    ).toEqual({
      looked: 4,
      planned: 0,
      reasons: { user_gone: 1, opted_out: 2, suppressed_unsubscribed: 1 },
      gone: [bob],
    });
  });

  it('of somebody who is to be forgotten is forgotten, too', async () => {
    const stage = await openMarch();
    await stage.startWorker();
    await stage.report();
    const activities = createQuizMonthlyActivities(() => stage.deps);
    await activities.countMonth({ asOf: stage.clock.now.toISOString(), snapshot: 'left behind' });
    const keys = { email: 'ann@example.com', addressHash: hashOf('ann@example.com') };
    const held = await contactData(stage.database.orm, keys);
    expect(held.quizMonthFigures.map(({ userId }) => userId)).toEqual([stage.ids[0]]);
    await beginErasure(stage.database, { ...keys, now: stage.clock.now });
    await blankPerson(stage.database, { ...keys, now: stage.clock.now });
    expect(
      (await stage.sql<{ user_id: number }>('SELECT user_id FROM quiz_month_figures')).map(
        (row) => row.user_id,
      ),
    ).toEqual(stage.ids.slice(1));
    // The site still has her; suppressions keep her from becoming a contact again.
    stage.clock.now = new Date('2025-04-01T09:00:00Z');
    expect(await stage.report()).toMatchObject({ planned: 2, reasons: { suppressed_erased: 1 } });
  });

  it('of last week sends nothing and says why; a night later it waits for the morning', async () => {
    const stage = await openMarch();
    await stage.startWorker();
    stage.clock.now = new Date('2025-03-08T09:00:00Z');
    expect(await stage.report({ asOf: '2025-03-01T09:00:00Z' })).toEqual({
      state: 'stale',
      asOf: '2025-03-01T09:00:00.000Z',
      month: '2025-02',
      why: 'its time is 168 h ago, and a monthly report is news for 72 h',
    });
    stage.clock.now = new Date('2025-03-02T01:00:00Z');
    const run = await stage.start('quizMonthlyReport', { asOf: '2025-03-01T09:00:00Z' });
    await until(
      'the mails wait',
      async () => (await stage.sql("SELECT id FROM messages WHERE reason = 'outside_window'")).length === 3,
    );
    expect(await run.query('quizProgress')).toMatchObject({ step: 'sending', planned: 3, open: 3 });
    stage.clock.now = new Date('2025-03-02T08:30:00Z');
    expect(await run.result()).toMatchObject({ delivery: { accepted: 3 } });
  });
});

const catalogueWith = async (quiz: Partial<Parameters<typeof loadCatalogue>[0]['quiz']>) =>
  (
    await loadCatalogue({
      reportTimezone: 'UTC',
      temporal: { address: '127.0.0.1:1', namespace: 'default', taskQueue: 'sluice' },
      schedule: { catalogue: undefined, profile: 'production' },
      quiz: {
        databaseUrl: 'mysql://a:b@127.0.0.1/quiz',
        baseUrl: undefined,
        timezone: 'Europe/Berlin',
        reminderHour: 18,
        inactiveDays: 2,
        mostInARow: 3,
        reportDay: 1,
        reportHour: 9,
        ...quiz,
      },
    })
  )
    .filter(({ id }) => id.startsWith('quiz-'))
    .map(({ id, timezone, recurrence }) => ({ id, timezone, recurrence: JSON.stringify(recurrence) }));

describe('the schedules of the quiz', () => {
  it('are those of the settings, and move with them', async () => {
    const before = await catalogueWith({});
    expect(before.map(({ id, timezone }) => [id, timezone])).toEqual([
      ['quiz-monthly-report', 'Europe/Berlin'],
      ['quiz-reminders', 'Europe/Berlin'],
      ['quiz-reminders-own-time', 'UTC'],
    ]);
    const moved = await catalogueWith({ reminderHour: 7, reportDay: 28, reportHour: 6 });
    expect(
      moved.filter((one, index) => one.recurrence !== before[index]?.recurrence).map(({ id }) => id),
    ).toEqual(['quiz-monthly-report', 'quiz-reminders']);
    const elsewhere = await catalogueWith({ timezone: 'Asia/Tokyo' });
    expect(elsewhere.map(({ timezone }) => timezone)).toEqual(['Asia/Tokyo', 'Asia/Tokyo', 'UTC']);
  });

  it('are not there without a quiz', async () => {
    expect(await catalogueWith({ databaseUrl: undefined })).toEqual([]);
  });
});
