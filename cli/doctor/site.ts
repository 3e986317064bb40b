import type { Settings } from '../../config.ts';
import { required } from '../../config.ts';
import { openSite, type SiteConnection } from '../../db/site/connection.ts';
import { loadSiteMapping, SITE_TABLES, type SiteMapping, type SiteTable } from '../../db/site/mapping.ts';
import { type Check, check, type Finding, failure, skipped } from './checks.ts';
import { databaseFailure, describeVersion } from './database-words.ts';
import { rightsCheck } from './site-rights.ts';
import { tableChecks } from './site-tables.ts';
import { timeChecks } from './site-times.ts';

const NAME = 'site';
const MAPPING = 'site mapping';
const REST = ['site tables', 'site times', 'site rights'];

export async function siteChecks(settings: Settings): Promise<readonly Check[]> {
  let url: string;
  try {
    url = required('SITE_DATABASE_URL', settings.site.databaseUrl);
  } catch (error) {
    return [{ name: NAME, ...failure(error) }, ...skipped(REST, 'there is no site to look into')];
  }
  const site = openSite(url, { connections: 2 });
  try {
    const [reached, named] = await Promise.all([
      check(NAME, () => reach(site, url), { mend: 'Check SITE_DATABASE_URL and the server.' }),
      readMapping(settings),
    ]);
    if (reached.state === 'failed') {
      return [reached, ...named.checks, ...skipped(REST, 'the site does not answer')];
    }
    if (named.mapping === undefined) {
      return [reached, ...named.checks, ...skipped(REST, 'the mapping file is not usable')];
    }
    const input = { site, mapping: named.mapping, settings, url };
    const tables = await Promise.all(tablesOf().map((table) => tableChecks({ ...input, table })));
    return [
      reached,
      ...named.checks,
      ...tables.flat(),
      ...(await timeChecks(input)),
      await rightsCheck(input),
    ];
  } finally {
    // Not awaited: a server that does not answer would hold up the other checks.
    site.close().catch(() => undefined);
  }
}

function tablesOf(): readonly SiteTable[] {
  return Object.keys(SITE_TABLES) as SiteTable[];
}

async function reach(site: SiteConnection, url: string): Promise<Finding> {
  try {
    const [row] = await site.read<{ version: unknown }>('SELECT VERSION() AS version');
    return describeVersion({ url, version: String(row?.version), needed: { mariadb: 10, mysql: 5.05 } });
  } catch (error) {
    return databaseFailure(error, { url, setting: 'SITE_DATABASE_URL' });
  }
}

async function readMapping(
  settings: Settings,
): Promise<{ readonly mapping?: SiteMapping; readonly checks: readonly Check[] }> {
  const file = settings.site.mappingFile;
  try {
    const mapping = loadSiteMapping(file);
    return { mapping, checks: file === undefined ? [] : [{ name: MAPPING, state: 'ok', found: file }] };
  } catch (error) {
    return { checks: [{ name: MAPPING, ...failure(error) }] };
  }
}
