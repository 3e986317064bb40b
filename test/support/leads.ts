import { randomUUID } from 'node:crypto';
import type { RowDataPacket } from 'mysql2/promise';
import { onTestFinished } from 'vitest';
import { scoreNextPage } from '../../db/lead-scoring.ts';
import { migrate } from '../../db/migrate.ts';
import { type Database, openDatabase } from '../../db/pool.ts';
import { createDatabase } from './servers.ts';

/** Hours count from here. */
const START = Date.parse('2026-03-10T00:00:00Z');

/** So many hours after the start; halves and minutes as fractions. */
export function hour(hours: number): Date {
  return new Date(START + hours * 3_600_000);
}

/** A happening that counts, or does not. */
export interface Happening {
  readonly what: 'opened' | 'clicked' | 'proxy_opened' | 'replied' | 'viewed' | 'sales' | 'booked';
  readonly at: Date;
  readonly seconds?: number;
  /** Kind of the mail that was opened; unset: none of ours. */
  readonly kind?: string;
}

export interface Lead {
  readonly id: number;
  readonly did: readonly Happening[];
  readonly isErased?: boolean;
}

const TYPES = {
  replied: 'email.replied',
  viewed: 'visitor.page_viewed',
  sales: 'visitor.sales_page_visited',
  booked: 'lead.booked',
} as const;

/** A database of our own with its schema, for the running test. */
export async function leadDatabase(): Promise<Database & { readonly url: string }> {
  const own = await createDatabase('leads');
  await migrate({ databaseUrl: own.url });
  const database = openDatabase(own.url, { connections: 4 });
  onTestFinished(async () => {
    await database.close();
    await own.drop();
  });
  return { ...database, url: own.url };
}

/** Writes people down with what they did; the past does not start journeys. */
export async function addLeads({ pool }: Pick<Database, 'pool'>, leads: readonly Lead[]): Promise<void> {
  if (leads.length === 0) return;
  const now = new Date(START);
  await pool.query(
    'INSERT INTO contacts (id, email, first_name, fields, created_at, updated_at, erased_at) VALUES ?',
    [
      leads.map(({ id, isErased }) => [
        id,
        isErased === true ? `erased:${id}` : `lead${id}@example.com`,
        'Sarah',
        '{}',
        now,
        now,
        isErased === true ? now : null,
      ]),
    ],
  );
  for (const { id, did } of leads) await add({ pool }, id, did);
}

/** What one person did besides. */
export async function add(
  { pool }: Pick<Database, 'pool'>,
  contactId: number,
  did: readonly Happening[],
): Promise<void> {
  for (const { what, at, seconds, kind } of did) {
    if (what === 'opened' || what === 'clicked' || what === 'proxy_opened') {
      const messageId = kind === undefined ? null : await mail({ pool }, contactId, kind);
      await pool.query(
        'INSERT INTO engagements (engagement_key, event, message_id, contact_id, occurred_at, received_at) VALUES (?)',
        [[randomUUID(), what, messageId, contactId, at, at]],
      );
      continue;
    }
    const data = seconds === undefined ? '{}' : JSON.stringify({ duration: seconds });
    await pool.query(
      'INSERT INTO events (event_id, body_hash, type, resource, contact_id, occurred_at, received_at, data, state) VALUES (?)',
      [[randomUUID(), '', TYPES[what], `visitor.${contactId}`, contactId, at, at, data, 'dispatched']],
    );
  }
}

async function mail({ pool }: Pick<Database, 'pool'>, contactId: number, kind: string): Promise<number> {
  const now = new Date(START);
  const [{ insertId }] = (await pool.query(
    'INSERT INTO messages (message_key, uuid, kind, scope, contact_id, email, template, template_version, params, state, due_at, prepared_at) VALUES (?)',
    [[randomUUID(), randomUUID(), kind, 'marketing', contactId, '', 't', '1', '{}', 'accepted', now, now]],
  )) as unknown as readonly [{ readonly insertId: number }];
  return insertId;
}

/** Everything that somebody needs to do to be hot three hours later, all of it at that moment. */
export function enthusiasm(at: Date): readonly Happening[] {
  const times = (count: number, one: Happening) => Array.from({ length: count }, () => one);
  return [
    ...times(4, { what: 'opened', at }),
    ...times(3, { what: 'clicked', at }),
    ...times(2, { what: 'replied', at }),
    ...times(5, { what: 'viewed', at, seconds: 120 }),
    { what: 'sales', at },
  ];
}

/** Scores up to an hour, page by page. @returns how many pages it took. */
export async function scoreUpTo(database: Database, target: Date): Promise<number> {
  for (let pages = 0; ; pages += 1) {
    const page = await scoreNextPage(database, { target, now: target });
    if (page.kind === 'up_to_date') return pages;
  }
}

/** All that scoring has written, in an order that runs share. */
export async function written({ pool }: Pick<Database, 'pool'>) {
  const rows = async (sql: string) => (await pool.query<RowDataPacket[]>({ sql, dateStrings: true }))[0];
  return {
    scores: await rows('SELECT * FROM lead_scores ORDER BY contact_id'),
    history: await rows('SELECT * FROM lead_score_history ORDER BY scored_at, contact_id'),
    crossings: await rows(
      'SELECT contact_id, number, direction, crossed_at, score, previous FROM lead_crossings ORDER BY contact_id, number',
    ),
    events: await rows(
      "SELECT event_id, type, resource, contact_id, occurred_at, data FROM events WHERE type LIKE 'lead.became%' ORDER BY event_id",
    ),
    hours: await rows(
      'SELECT hour, fade_hours, scored, changed, became_hot, became_cold FROM lead_score_hours ORDER BY hour',
    ),
  };
}
