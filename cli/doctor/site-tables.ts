import { SITE_TABLES, type SiteColumn, type SiteTable } from '../../db/site/mapping.ts';
import { messageOf } from '../../domain/errors.ts';
import { type Check, check, type Finding } from './checks.ts';
import { errorCode } from './database-words.ts';
import type { SiteInput } from './site-input.ts';

type Input = SiteInput & { readonly table: SiteTable };

const NO_RIGHT = ['ER_TABLEACCESS_DENIED_ERROR', 'ER_DBACCESS_DENIED_ERROR', 'ER_COLUMNACCESS_DENIED_ERROR'];

/** Whether a table and each column that a run reads can be read; what is missing is named one by one. */
export async function tableChecks(input: Input): Promise<readonly Check[]> {
  const { table, mapping } = input;
  const name = `site table ${nameOf(input)}`;
  const columns = neededColumns(input);
  const whole = await check(name, async () => {
    await select(input, columns);
    const names = columns.map((column) => mapping.columnName(table, column));
    return { state: 'ok', found: `readable, with ${names.join(', ')}` };
  });
  if (whole.state === 'ok') return [whole];

  const there = await check(name, () => lookAtTable(input));
  if (there.state === 'failed') return [there];
  const parts = await Promise.all(columns.map((column) => columnCheck(input, column)));
  return [there, ...parts.filter(({ state }) => state !== 'ok')];
}

/** Some sites have no Status; it is only read when SITE_COMPLETED_STATUSES asks for it. */
function neededColumns({ table, settings }: Input): readonly SiteColumn<SiteTable>[] {
  const all: readonly SiteColumn<SiteTable>[] = SITE_TABLES[table];
  return settings.site.completedStatuses.length > 0 ? all : all.filter((column) => column !== 'Status');
}

/** Reads no row, yet the server checks names and rights. */
async function select(
  { site, mapping, table }: Input,
  columns: readonly SiteColumn<SiteTable>[],
): Promise<void> {
  const list = columns.length === 0 ? '1' : columns.map((column) => mapping.column(table, column)).join(', ');
  await site.read(`SELECT ${list} FROM ${mapping.table(table)} LIMIT 0`);
}

async function lookAtTable(input: Input): Promise<Finding> {
  try {
    await select(input, []);
    return { state: 'ok', found: 'is there' };
  } catch (error) {
    const code = errorCode(error) ?? '';
    // With rights on single columns only, the table cannot be named without one of them.
    if (code === 'ER_COLUMNACCESS_DENIED_ERROR') return { state: 'ok', found: 'is there' };
    if (code === 'ER_NO_SUCH_TABLE' || code === 'ER_BAD_DB_ERROR') {
      return {
        state: 'failed',
        found: 'there is no such table',
        mend: 'Name the table in the mapping file (SITE_MAPPING), or correct SITE_DATABASE_URL.',
      };
    }
    if (NO_RIGHT.includes(code)) {
      return {
        state: 'failed',
        found: 'there is no such table, or the user may not read it',
        mend: grantOf(input),
      };
    }
    return { state: 'failed', found: messageOf(error) };
  }
}

async function columnCheck(input: Input, column: SiteColumn<SiteTable>): Promise<Check> {
  const written = input.mapping.columnName(input.table, column);
  const alias = written === column ? '' : ` (mapped from ${column})`;
  return check(`site column ${nameOf(input)}.${written}`, async () => {
    try {
      await select(input, [column]);
      return { state: 'ok', found: 'readable' };
    } catch (error) {
      const code = errorCode(error) ?? '';
      if (code === 'ER_BAD_FIELD_ERROR') {
        return {
          state: 'failed',
          found: `there is no such column${alias}`,
          mend: `Name the column that holds ${column} in the mapping file (SITE_MAPPING).`,
        };
      }
      if (NO_RIGHT.includes(code)) {
        return { state: 'failed', found: `the user may not read it${alias}`, mend: grantOf(input) };
      }
      return { state: 'failed', found: messageOf(error) };
    }
  });
}

function nameOf({ mapping, table }: Input): string {
  const written = mapping
    .location(table)
    .filter((part) => part !== undefined)
    .join('.');
  return written === table ? table : `${written} (mapped from ${table})`;
}

function grantOf({ url, mapping, table }: Input): string {
  const { username, pathname } = new URL(url);
  const [database = decodeURIComponent(pathname.slice(1)), name] = mapping.location(table);
  return `GRANT SELECT ON \`${database}\`.\`${name}\` TO '${decodeURIComponent(username)}'@'…';`;
}
