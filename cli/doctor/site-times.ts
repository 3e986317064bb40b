import type { SiteTable } from '../../db/site/mapping.ts';
import { createSiteClock } from '../../domain/site-clock.ts';
import { type Check, check, type Finding } from './checks.ts';
import type { SiteInput } from './site-input.ts';

/** Text columns can hold times that read like a DATETIME; of anything else a run can read no time at all. */
const TEXT = ['varchar', 'char', 'text', 'tinytext'];
const MINUTE_MS = 60_000;

/** Types of the two time columns, and whether the larger one has an index. */
export async function timeChecks(input: SiteInput): Promise<readonly Check[]> {
  const { mapping } = input;
  const datep = {
    table: 'simpletest_users',
    column: mapping.columnName('simpletest_users', 'Datep'),
  } as const;
  const paid = {
    table: 'modx_cert_payment',
    column: mapping.columnName('modx_cert_payment', 'datetime_payment'),
  } as const;
  return Promise.all([
    check(`site times ${mapping.location(datep.table)[1]}.${datep.column}`, () => typeOf(input, datep)),
    check(`site times ${mapping.location(paid.table)[1]}.${paid.column}`, () => typeOf(input, paid)),
    check(`site index on ${datep.column}`, () => indexOf(input, datep)),
  ]);
}

interface TimeColumn {
  readonly table: SiteTable;
  readonly column: string;
}

async function typeOf(input: SiteInput, { table, column }: TimeColumn): Promise<Finding> {
  const { site, settings } = input;
  const [row] = await site.read<{ type: unknown; now: unknown; utc: unknown }>(
    `SELECT DATA_TYPE AS type, CAST(NOW() AS CHAR) AS now, CAST(UTC_TIMESTAMP() AS CHAR) AS utc
     FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = ? AND TABLE_NAME = ? AND COLUMN_NAME = ?`,
    [...placeOf(input, table), column],
  );
  if (row === undefined) return { state: 'skipped', found: 'there is no such column' };
  const type = String(row.type).toLowerCase();
  const zone = settings.site.timezone;
  if (type === 'datetime') return { state: 'ok', found: `DATETIME, read as ${zone}` };
  if (type === 'timestamp') {
    const read = createSiteClock(zone).toUtc(String(row.now));
    const isRight =
      Math.abs((read ?? Number.NaN) - Date.parse(`${String(row.utc).replace(' ', 'T')}Z`)) < MINUTE_MS;
    return isRight
      ? { state: 'ok', found: `TIMESTAMP, shown by the server in ${zone}` }
      : {
          state: 'warning',
          found: `TIMESTAMP, which the server shows in the zone of its sessions, and that is not ${zone} (SITE_TIMEZONE)`,
          mend: "Set SITE_TIMEZONE to the zone of the site's database server.",
        };
  }
  const mend = 'Name a column of type DATETIME in the mapping file (SITE_MAPPING).';
  return TEXT.includes(type)
    ? {
        state: 'warning',
        found: `${type.toUpperCase()}: only texts like 2026-11-20 09:30:00 are understood, others never count`,
        mend,
      }
    : { state: 'failed', found: `${type.toUpperCase()}: no time can be read from it`, mend };
}

async function indexOf(input: SiteInput, { table, column }: TimeColumn): Promise<Finding> {
  const place = placeOf(input, table);
  const [kind] = await input.site.read<{ type: unknown; entries: unknown }>(
    `SELECT TABLE_TYPE AS type, TABLE_ROWS AS entries FROM information_schema.TABLES
     WHERE TABLE_SCHEMA = ? AND TABLE_NAME = ?`,
    place,
  );
  if (kind === undefined || String(kind.type) !== 'BASE TABLE') {
    return { state: 'skipped', found: 'not a table of its own' };
  }
  const rows = await input.site.read(
    `SELECT INDEX_NAME AS name FROM information_schema.STATISTICS
     WHERE TABLE_SCHEMA = ? AND TABLE_NAME = ? AND COLUMN_NAME = ? AND SEQ_IN_INDEX = 1`,
    [...place, column],
  );
  return rows.length > 0
    ? { state: 'ok', found: 'is there' }
    : {
        state: 'warning',
        found: `there is none: each run reads the whole table (about ${Number(kind.entries)} rows)`,
        mend: `The site's administrator may add one: CREATE INDEX idx_datep ON \`${place[1]}\` (\`${column}\`);`,
      };
}

function placeOf({ mapping, url }: SiteInput, table: SiteTable): readonly [string, string] {
  const [database = decodeURIComponent(new URL(url).pathname.slice(1)), name] = mapping.location(table);
  return [database, name];
}
