import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import type { RowDataPacket } from 'mysql2/promise';
import { onTestFinished } from 'vitest';
import { createMessageActivities, type MessageDeps } from '../../activities/messages.ts';
import { migrate } from '../../db/migrate.ts';
import { type Database, openDatabase } from '../../db/pool.ts';
import type { MessageRequest, SendResult } from '../../domain/sending/message.ts';
import { mailDeps } from './mail-deps.ts';
import { startTestSandbox, type TestSandbox } from './sandbox-client.ts';
import { scratchFolder } from './scratch.ts';
import { createDatabase, execute } from './servers.ts';

/** What a worker needs to send: a database with its schema, a Brevo, templates. */
export interface MailRoom {
  readonly database: Database;
  readonly databaseUrl: string;
  readonly sandbox: TestSandbox;
  readonly templatesFolder: string;
  readonly sql: <Row = RowDataPacket>(sql: string) => Promise<readonly Row[]>;
  /** A person; agreed to marketing mail unless told otherwise. @returns the contact's number. */
  person(more?: Partial<Person>): Promise<number>;
  /** `sendMessage` once, as an activity; each call with a clock of its own, ahead by `aheadMs`. */
  send(request: MessageRequest, options?: SendOptions): Promise<SendResult>;
  resend(messageId: number): Promise<SendResult>;
  /** All rows of the ledger in order. */
  ledger(): Promise<readonly LedgerRow[]>;
}

interface Person {
  readonly email: string;
  readonly firstName: string | null;
  readonly consent: 'opted_in' | 'unknown' | 'withdrawn';
  readonly timezone: string | null;
  readonly erased: boolean;
}

interface LedgerRow {
  readonly id: number;
  readonly message_key: string;
  readonly uuid: string;
  readonly email: string;
  readonly state: string;
  readonly reason: string | null;
  readonly attempts: number;
  readonly brevo_message_id: string | null;
}

interface SendOptions {
  readonly aheadMs?: number;
  readonly dryRun?: boolean;
  readonly hooks?: Partial<Pick<MessageDeps, 'brevo' | 'templates'>>;
}

const TEMPLATES = {
  hello: {
    scope: 'marketing',
    subject: 'Hello {{ first_name }}',
    variables: { first_name: contact(), stage: given() },
  },
  nudge: { scope: 'reminders', subject: 'A nudge', variables: {} },
  receipt: { scope: 'service', subject: 'Your receipt', variables: {} },
};

function contact() {
  return { type: 'text', from: 'contact' };
}

function given() {
  return { type: 'text', from: 'params', optional: true };
}

const BODY = {
  hello:
    '<!doctype html><p>Hello {{ first_name }}</p>{% if stage %}<p>{{ stage }}</p>{% endif %}<p><a href="{{ unsubscribe_url }}">Unsubscribe</a></p>',
  nudge: '<!doctype html><p>A nudge</p><p><a href="{{ unsubscribe_url }}">Unsubscribe</a></p>',
  receipt: '<!doctype html><p>A receipt</p>',
};

/** Number at the sandbox of the template that `at-brevo` stands for. */
const BREVO_TEMPLATE = 1;

function writeTemplates(): string {
  const folder = scratchFolder();
  const write = (name: string, file: object, body?: string) => {
    mkdirSync(join(folder, name));
    writeFileSync(join(folder, name, 'template.json'), JSON.stringify(file));
    if (body !== undefined) writeFileSync(join(folder, name, 'body.html'), body);
  };
  for (const name of ['hello', 'nudge', 'receipt'] as const)
    write(name, { ...TEMPLATES[name], layout: 'own' }, BODY[name]);
  write('at-brevo', { scope: 'marketing', brevo: BREVO_TEMPLATE, variables: { first_name: contact() } });
  return folder;
}

/** Quiet: failures are the test's to judge. */
function activityEnvironment(): MockActivityEnvironment {
  return new MockActivityEnvironment({}, { logger: new DefaultLogger('ERROR') });
}

/** Everything to send with, for the running test; gone after it. */
export async function openMailRoom({
  mysqlAdminUrl,
}: {
  /** mysql://…/ of a server of the test's own; unset: the shared one. */
  readonly mysqlAdminUrl?: string;
} = {}): Promise<MailRoom> {
  const [url, sandbox] = await Promise.all([newDatabase(mysqlAdminUrl), startTestSandbox()]);
  onTestFinished(() => sandbox.stop());
  await migrate({ databaseUrl: url });
  const database = openDatabase(url);
  onTestFinished(() => database.close());
  const templatesFolder = writeTemplates();
  const sql = async <Row>(text: string) => {
    const [rows] = await database.pool.query<RowDataPacket[]>(text);
    return rows as Row[];
  };
  const activities = ({ aheadMs = 0, dryRun = false, hooks = {} }: SendOptions) =>
    createMessageActivities({
      ...mailDeps({ database, baseUrl: `${sandbox.url}/v3`, templatesFolder }),
      now: () => new Date(Date.now() + aheadMs),
      dryRun,
      ...hooks,
    });
  let people = 0;
  return {
    database,
    databaseUrl: url,
    sandbox,
    templatesFolder,
    sql,
    async person(more = {}) {
      people += 1;
      const one = { email: `person${people}@example.com`, firstName: 'Sarah', consent: 'opted_in', ...more };
      const [result] = await database.pool.query(
        `INSERT INTO contacts (email, first_name, timezone, fields, consent, consent_at, created_at, updated_at, erased_at)
         VALUES (?, ?, ?, '{}', ?, '2026-01-01', '2026-01-01', '2026-01-01', ?)`,
        [
          one.email,
          one.firstName,
          one.timezone ?? null,
          one.consent,
          one.erased === true ? '2026-02-01' : null,
        ],
      );
      return (result as { insertId: number }).insertId;
    },
    send: (request, options = {}) =>
      activityEnvironment().run(() => activities(options).sendMessage(request)),
    resend: (messageId) => activityEnvironment().run(() => activities({}).resendMessage({ messageId })),
    ledger: () => sql<LedgerRow>('SELECT * FROM messages ORDER BY id'),
  };
}

async function newDatabase(adminUrl: string | undefined): Promise<string> {
  if (adminUrl !== undefined) {
    await execute(adminUrl, 'CREATE DATABASE mail CHARACTER SET utf8mb4');
    return `${adminUrl}mail`;
  }
  const database = await createDatabase('mail');
  onTestFinished(() => database.drop());
  return database.url;
}

/** A request for the mail `hello`, due now. */
export function request(
  contactId: number,
  more: Partial<Omit<MessageRequest, 'contactId'>> = {},
): MessageRequest {
  return {
    key: `journey/nurture/${contactId}/1`,
    kind: 'journey',
    contactId,
    template: 'hello',
    dueAt: new Date().toISOString(),
    policy: { uncertain: 'hold' },
    ...more,
  };
}

/** Mails that the sandbox accepted, by address: what "exactly one" is counted with. */
export async function acceptedMails({ sandbox }: MailRoom): Promise<readonly string[]> {
  const mails = await sandbox.control.mails();
  return mails.map((mail) => mail.to[0]?.email ?? '').toSorted();
}
