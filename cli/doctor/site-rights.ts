import { SITE_TABLES, type SiteTable } from '../../db/site/mapping.ts';
import { type Check, check } from './checks.ts';
import { type Grant, parseGrant, writingPrivileges } from './grants.ts';
import type { SiteInput } from './site-input.ts';

/** Whether the user of the site could write. Sluice never does: its sessions are READ ONLY; a right less is safer. */
export async function rightsCheck(input: SiteInput): Promise<Check> {
  return check('site rights', async () => {
    const { mapping, url } = input;
    const own = decodeURIComponent(new URL(url).pathname.slice(1));
    const grants = await grantsOf(input);
    const places = (Object.keys(SITE_TABLES) as SiteTable[]).map((name) => {
      const [database = own, table] = mapping.location(name);
      return { database, table };
    });
    const writing = [...new Set(places.flatMap((place) => writingPrivileges(grants, place)))].sort();
    if (writing.length === 0) return { state: 'ok', found: 'the user can read and not write' };
    const databases = [...new Set(places.map(({ database }) => database))];
    return {
      state: 'warning',
      found: `the user could also write (${writing.join(', ')}); Sluice only reads`,
      mend: `Give Sluice a user of its own: CREATE USER 'sluice'@'…' IDENTIFIED BY '…'; ${databases
        .map((database) => `GRANT SELECT ON \`${database}\`.* TO 'sluice'@'…';`)
        .join(' ')}`,
    };
  });
}

/** With what comes by roles: MariaDB lists that by itself, MySQL when the active roles are named. */
async function grantsOf({ site }: SiteInput): Promise<readonly Grant[]> {
  const lines = await showGrants(site, 'SHOW GRANTS');
  const [row] = await site.read<{ roles: unknown }>('SELECT CURRENT_ROLE() AS roles').catch(() => []);
  const roles = typeof row?.roles === 'string' && row.roles.includes('@') ? row.roles : undefined;
  const byRole =
    roles === undefined
      ? []
      : await showGrants(site, `SHOW GRANTS FOR CURRENT_USER() USING ${roles}`).catch(() => []);
  return [...lines, ...byRole].flatMap((line) => parseGrant(line) ?? []);
}

async function showGrants(site: SiteInput['site'], sql: string): Promise<readonly string[]> {
  const rows = await site.read<Record<string, unknown>>(sql);
  return rows.flatMap((row) => Object.values(row).map(String));
}
