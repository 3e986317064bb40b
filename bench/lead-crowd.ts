import type { RowDataPacket } from 'mysql2/promise';
import { withDatabase } from '../cli/context.ts';
import type { Settings } from '../config.ts';

export interface Crowd {
  readonly engagements: number;
  readonly events: number;
  /** Leads that did something in the 24 hours before. */
  readonly active: number;
}

/** Of each lead, in 30 days. */
const MAILS_EACH = 3;
const ROWS = 250_000;

/** Numbers from 0 on, as many as asked for up to a million, for any MySQL. */
function numbers(count: number): string {
  const digits =
    '(SELECT 0 d UNION ALL SELECT 1 UNION ALL SELECT 2 UNION ALL SELECT 3 UNION ALL SELECT 4 UNION ALL SELECT 5 UNION ALL SELECT 6 UNION ALL SELECT 7 UNION ALL SELECT 8 UNION ALL SELECT 9)';
  const places = Array.from({ length: 6 }, (_, place) => `${digits} p${place}`).join(', ');
  const sum = Array.from({ length: 6 }, (_, place) => `p${place}.d * ${10 ** place}`).join(' + ');
  return `(SELECT ${sum} AS n FROM ${places} HAVING n < ${count})`;
}

/** Between 0 and 1, always the same for the same seed. */
function chance(seed: string): string {
  return `((CRC32(CONCAT(${seed})) MOD 1000003) / 1000003)`;
}

/**
 * Invents leads that all have a score (few are hot), as of an hour, and what they did in the 30 days before the hour after
 * it: about a tenth of that in the last day.
 */
export async function scoredCrowd(
  settings: Settings,
  { leads, scoredAt }: { readonly leads: number; readonly scoredAt: Date },
): Promise<Crowd> {
  return withDatabase(settings, async ({ pool }) => {
    const at = scoredAt.toISOString().slice(0, 23).replace('T', ' ');
    const ago = (seed: string) =>
      `TIMESTAMPADD(SECOND, 10800 - FLOOR(2592000 * POW(${chance(seed)}, 1.5)), '${at}')`;
    for (let from = 1; from <= leads; from += ROWS) {
      const some = `${numbers(Math.min(ROWS, leads - from + 1))} s`;
      const id = `(s.n + ${from})`;
      await pool.query(
        `INSERT INTO contacts (id, email, first_name, fields, consent, created_at, updated_at)
         SELECT ${id}, CONCAT('lead', ${id}, '@example.com'), 'Sarah', '{}', 'opted_in', '${at}', '${at}' FROM ${some}`,
      );
      await pool.query(
        `INSERT INTO lead_scores (contact_id, score, previous, points, scored_at)
         SELECT ${id}, 1 + FLOOR(99 * POW(${chance(`'s', ${id}`)}, 30)), 0, 0, '${at}' FROM ${some}`,
      );
    }
    await pool.query(
      "INSERT INTO lead_scoring (id, hour, state) VALUES (1, ?, 'done') ON DUPLICATE KEY UPDATE hour = VALUES(hour), state = 'done'",
      [scoredAt],
    );
    await pool.query('INSERT INTO lead_score_hours (hour, started_at, finished_at) VALUES (?, ?, ?)', [
      scoredAt,
      scoredAt,
      scoredAt,
    ]);
    // Keys that grow with the time, which fill an index quickly.
    const inOrder = "LPAD(ROW_NUMBER() OVER (ORDER BY d.at, d.id), 10, '0')";
    // A day's happenings together, as they come in: not in the order of people.
    for (let mail = 0; mail < MAILS_EACH; mail += 1) {
      await pool.query(
        `INSERT INTO engagements (engagement_key, event, contact_id, occurred_at, received_at)
         SELECT CONCAT('${mail}-', ${inOrder}), IF(${chance(`'k${mail}', d.id`)} < 0.2, 'clicked', 'opened'), d.id,
                d.at, '${at}'
         FROM (SELECT id, ${ago(`'m${mail}', id`)} AS at FROM contacts) d ORDER BY d.at`,
      );
    }
    await pool.query(
      `INSERT INTO events (event_id, body_hash, type, resource, contact_id, occurred_at, received_at, data, state, dispatched_at)
       SELECT CONCAT('visit-', ${inOrder}), '',
              IF(${chance(`'t', d.id`)} < 0.1, 'visitor.sales_page_visited', 'visitor.page_viewed'),
              CONCAT('visitor.', d.id), d.id, d.at, '${at}',
              CONCAT('{"page_url":"https://example.com/","duration":', FLOOR(300 * ${chance(`'d', d.id`)}), '}'),
              'dispatched', '${at}'
       FROM (SELECT id, ${ago(`'v', id`)} AS at FROM contacts) d ORDER BY d.at`,
    );
    const count = async (sql: string) => {
      const [rows] = await pool.query<RowDataPacket[]>(sql);
      return Number(rows[0]?.n ?? 0);
    };
    const window = `occurred_at >= '${at}' - INTERVAL 23 HOUR AND occurred_at < '${at}' + INTERVAL 1 HOUR`;
    return {
      engagements: await count('SELECT COUNT(*) AS n FROM engagements'),
      events: await count("SELECT COUNT(*) AS n FROM events WHERE type LIKE 'visitor.%'"),
      active: await count(
        `SELECT COUNT(*) AS n FROM (SELECT contact_id FROM engagements WHERE ${window}
         UNION SELECT contact_id FROM events WHERE ${window}) a`,
      ),
    };
  });
}
