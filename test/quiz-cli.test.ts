import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createConnection } from 'mysql2/promise';
import { expect, it, onTestFinished } from 'vitest';
import { createQuizSchema } from '../local/demo-quiz/schema.ts';
import { sluice } from './support/command.ts';
import { type Installation, install } from './support/installation.ts';
import { scratchFolder } from './support/scratch.ts';
import { createDatabase } from './support/servers.ts';

const DAY_MS = 86_400_000;

/** A zone in which it is about noon, so that mails may go out whenever this test runs. */
function noonZone(): string {
  const ahead = 12 - new Date().getUTCHours();
  return ahead === 0 ? 'UTC' : `Etc/GMT${ahead > 0 ? '-' : '+'}${Math.abs(ahead)}`;
}

const naive = (at: number) => new Date(at).toISOString().slice(0, 19).replace('T', ' ');

/** A site's operator who has a learning site of three users, too: Ann stays away, Bob was here today, Eve opted out. */
async function installQuiz(): Promise<Installation & { readonly quizUrl: string }> {
  const database = await createDatabase('quiz');
  const admin = await createConnection({ uri: database.url });
  onTestFinished(async () => {
    await admin.end();
    await database.drop();
  });
  await createQuizSchema(admin);
  const now = Date.now();
  await admin.query(
    'INSERT INTO users (email, username, last_login, registration_date, email_preferences) VALUES ?',
    [
      [
        ['ann@example.com', 'Ann', naive(now - 5 * DAY_MS), naive(now - 90 * DAY_MS), 'enabled'],
        ['bob@example.com', 'Bob', naive(now - DAY_MS), naive(now - 90 * DAY_MS), 'enabled'],
        ['eve@example.com', 'Eve', naive(now - 9 * DAY_MS), naive(now - 90 * DAY_MS), 'disabled'],
      ],
    ],
  );
  await admin.query(
    "INSERT INTO quizzes (id, chapter_id, name, created_at) VALUES (1, 1, 'Circles', '2025-01-01')",
  );
  const zone = noonZone();
  const installation = await install({
    env: {
      QUIZ_DATABASE_URL: database.url,
      QUIZ_BASE_URL: 'https://quiz.example.org',
      QUIZ_TIMEZONE: zone,
      CONTACT_TIMEZONE: zone,
      SLUICE_SECRET: 'a secret of the tests, of more than 32 characters',
      MAIL_FROM: 'Ann <ann@example.org>',
      PUBLIC_URL: 'https://events.example.org',
    },
  });
  return { ...installation, quizUrl: database.url };
}

const json = (stdout: string) => JSON.parse(stdout) as Record<string, unknown>;

it('dry runs say who, what and why not, and write nothing', async () => {
  const { env, sql } = await installQuiz();
  const reminders = await sluice(env, 'run', 'quiz-reminders', '--dry-run', '--json');
  expect(json(reminders.stdout)).toMatchObject({
    dryRun: true,
    looked: 3,
    planned: 1,
    reasons: { recently_active: 1, opted_out: 1 },
    reminders: [{ userId: 1, email: 'a***@example.com', quizzes: [{ name: 'Circles', place: '' }], more: 0 }],
    others: [
      { userId: 2, reason: 'recently_active' },
      { userId: 3, reason: 'opted_out' },
    ],
  });
  const shown = await sluice(env, 'run', 'quiz-reminders', '--dry-run', '--show-addresses');
  expect(shown.stdout).toContain('1 of 3 users would be reminded. Nothing was written or sent.');
  expect(shown.stdout).toContain('ann@example.com');
  expect(shown.stdout).toContain('opted out at the quiz');
  const only = await sluice(env, 'run', 'quiz-reminders', '--dry-run', '--only', 'Bob@Example.com');
  expect(only.stdout).toContain('User 2 gets none: logged in recently.');

  const folder = join(scratchFolder(), 'mails');
  const months = await sluice(env, 'run', 'quiz-monthly-report', '--dry-run', '--render-to', folder);
  expect(months.stdout).toContain('2 of 3 active users would get the report of');
  expect(readdirSync(folder).toSorted()).toEqual([
    '1-quiz-month-quiet.html',
    '1-quiz-month-quiet.txt',
    '2-quiz-month-quiet.html',
    '2-quiz-month-quiet.txt',
  ]);
  expect(readFileSync(join(folder, '1-quiz-month-quiet.txt'), 'utf8')).toContain('Hi Ann,');
  expect(await sql('SELECT id FROM messages')).toEqual([]);
  expect(await sql('SELECT id FROM contacts')).toEqual([]);
});

it('runs by hand go through Temporal, the ledger and Brevo, each mail once', async () => {
  const installation = await installQuiz();
  const { env, sandbox } = installation;
  await installation.startWorker();
  const one = await sluice(env, 'run', 'quiz-reminders', '--json');
  expect(json(one.stdout)).toMatchObject({ state: 'done', planned: 1, delivery: { accepted: 1 } });
  const again = await sluice(env, 'run', 'quiz-reminders', '--only', 'ann@example.com');
  expect(again.stdout).toContain('1  has a reminder of that day');
  const months = await sluice(env, 'run', 'quiz-monthly-report');
  expect(months.stdout).toContain('Mails: 2 accepted, 0 rejected, 0 withheld, 0 uncertain.');
  const test = await sluice(env, 'send-test-email', 'Test@Example.com', '--json');
  expect(test).toMatchObject({ code: 0 });
  expect(json(test.stdout)).toMatchObject({ status: 'accepted' });
  const mails = await sandbox.control.mails();
  expect(mails.map((mail) => `${mail.to[0]?.email}: ${mail.subject}`).toSorted()).toEqual([
    expect.stringMatching(/^ann@example\.com: \w+ was quiet\. One quiz to come back\?$/),
    'ann@example.com: Ready for you: Circles',
    expect.stringMatching(/^bob@example\.com: \w+ was quiet\. One quiz to come back\?$/),
    'test@example.com: Mails of Sluice arrive here',
  ]);
});

it('says what is missing, and what is wrong', async () => {
  const { env } = await installQuiz();
  const { QUIZ_DATABASE_URL: _url, ...without } = env;
  const off = await sluice(without, 'run', 'quiz-reminders', '--dry-run');
  expect(off).toMatchObject({ code: 1 });
  expect(off.stderr).toContain(
    'QUIZ_DATABASE_URL is not set: there are no quiz reminders and no monthly reports',
  );
  const { QUIZ_BASE_URL: _base, ...halfway } = env;
  expect((await sluice(halfway, 'run', 'quiz-monthly-report', '--dry-run')).stderr).toContain(
    'QUIZ_BASE_URL not set: mails of the quiz cannot be made',
  );
  const wrong = await sluice(
    { ...env, DAILY_REMINDER_HOUR: '24', MONTHLY_REPORT_DAY: '31' },
    'run',
    'quiz-reminders',
  );
  expect(wrong.code).toBe(2);
  expect(wrong.stderr).toContain('DAILY_REMINDER_HOUR must be a whole number from 0 to 23');
  expect(wrong.stderr).toContain('MONTHLY_REPORT_DAY must be a whole number from 1 to 28');
  const doctor = await sluice(env, 'doctor', '--json');
  const { checks } = JSON.parse(doctor.stdout) as {
    checks: { name: string; state: string; found: string }[];
  };
  expect(
    checks.filter(({ name }) => name.startsWith('quiz')).map(({ name, state }) => [name, state]),
  ).toEqual([
    ['quiz', 'ok'],
    ['quiz settings', 'ok'],
    ['quiz tables', 'ok'],
    ['quiz rights', 'warning'],
  ]);
  const stranger = await sluice(env, 'run', 'quiz-reminders', '--only', 'nobody@example.com', '--dry-run');
  expect(stranger.stderr).toContain('nobody at the quiz has the address nobody@example.com');
});
