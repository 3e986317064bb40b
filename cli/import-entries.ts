import { randomUUID } from 'node:crypto';
import { Command } from 'commander';
import { loadSettings, type Settings } from '../config.ts';
import { type ImportOutcome, planImport, writeImport } from '../db/entry-import.ts';
import { type ErasedPeople, erasedPeople } from '../db/erased-people.ts';
import { assertOldTable, oldEntries } from '../db/old-tool.ts';
import { openSite, type SiteConnection } from '../db/site/connection.ts';
import { mergeOldEntries, type OldEntry } from '../domain/entry-import.ts';
import { messageOf, SluiceError, UsageError } from '../domain/errors.ts';
import { createSiteClock } from '../domain/site-clock.ts';
import { addressHash } from '../mail/keys.ts';
import { withDatabase } from './context.ts';
import { describeImport, type ImportReport } from './import-entries-text.ts';
import { print, printJson } from './output.ts';

interface Options {
  readonly from?: string;
  readonly timezone?: string;
  readonly yes?: true;
  readonly json?: true;
}

export function importEntriesCommand(): Command {
  return new Command('import')
    .description("take over the old tool's funnel_entries: nobody enters twice, nothing is sent to Brevo")
    .option('--from <url>', "the old tool's database, mysql://… (default: SITE_DATABASE_URL)")
    .option('--timezone <zone>', 'zone of the times in it, IANA (default: SITE_TIMEZONE)')
    .option('--yes', 'write; without it only what would be done is shown')
    .option('--json', 'one JSON value on stdout')
    .addHelpText(
      'after',
      '\nSafe to repeat and beside running flows; docs/entries-import.md says what becomes of each row.\n\nExample:\n  sluice entries import --from mysql://reader:password@db.example.com/modx\n  sluice entries import --from mysql://reader:password@db.example.com/modx --yes',
    )
    .action(async (options: Options) => {
      const settings = loadSettings();
      const report = await importEntries({
        settings,
        from: options.from ?? settings.site.databaseUrl,
        timezone: options.timezone ?? settings.site.timezone,
        write: options.yes === true,
      });
      if (options.json === true) printJson(report);
      else print(describeImport(report));
    });
}

interface ImportInput {
  readonly settings: Settings;
  readonly from: string | undefined;
  /** IANA zone of the old tool's times. */
  readonly timezone: string;
  readonly write: boolean;
}

async function importEntries({ settings, from, timezone, write }: ImportInput): Promise<ImportReport> {
  const url = parseSource(from, settings);
  const clock = createSiteClock(parseZone(timezone));
  if (write && settings.dryRun) {
    throw new SluiceError('nothing is written while APP_DRY_RUN is true', {
      code: 'dry_run',
      hint: 'Leave out --yes to see what would be imported, or set APP_DRY_RUN=false.',
    });
  }
  const rows = await readSource(url, async (source) => {
    await assertOldTable(source);
    const all: OldEntry[] = [];
    for await (const page of oldEntries(source, { clock })) all.push(...page);
    return all;
  });
  const merged = mergeOldEntries(rows, { importedAt: Date.now() });
  const { people, skipped, outcome } = await withDatabase(settings, async (database) => {
    const left = withoutErased(merged, await erasedPeople(database.orm, hasherOf(settings)));
    const made: ImportOutcome = write
      ? await writeImport(database, { people: left.people, runId: randomUUID() })
      : await planImport(database.orm, left.people);
    return { ...left, outcome: made };
  });
  return {
    written: write,
    from: withoutPassword(url),
    timezone,
    rows: rows.length,
    people: people.length,
    bought: people.filter(({ purchasedAt }) => purchasedAt !== undefined).length,
    undated: rows.filter(({ enteredAt }) => enteredAt === undefined).length,
    ...outcome,
    erased: merged.people.length - people.length,
    merged: people
      .filter((one) => one.rows.length > 1)
      .map(({ email, funnel, rows }) => ({ email, funnel, rows })),
    skipped: skipped.map(({ row, reason }) => ({
      id: row.id,
      email: row.rawEmail,
      funnel: row.rawFunnel,
      reason,
    })),
  };
}

/** Nobody who was erased comes back, and no text of theirs is shown. */
function withoutErased(
  { people, skipped }: ReturnType<typeof mergeOldEntries>,
  erased: ErasedPeople,
): ReturnType<typeof mergeOldEntries> {
  return {
    people: people.filter(({ email }) => !erased.isErased(email)),
    skipped: skipped.map(({ row, reason }) => ({
      row: erased.isMentioned(row.rawEmail) ? { ...row, rawEmail: null } : row,
      reason,
    })),
  };
}

function hasherOf({ secret }: Settings): ((email: string) => string) | undefined {
  return secret === undefined ? undefined : (email) => addressHash(secret, email);
}

async function readSource<T>(url: string, work: (source: SiteConnection) => Promise<T>): Promise<T> {
  const source = openSite(url, { connections: 1 });
  try {
    return await work(source);
  } catch (error) {
    if (error instanceof SluiceError) throw error;
    const { code } = error as { code?: unknown };
    if (typeof code !== 'string') throw error;
    // Once connected, a message may quote what is in the table; before that it speaks of user and host.
    const about = /ACCESS|BAD_DB|^E[A-Z]+$|PROTOCOL/.test(code) ? `: ${messageOf(error)}` : '';
    throw new SluiceError(`${withoutPassword(url)} answered ${code}${about}`, {
      code: 'source_unreachable',
      hint: 'Check --from: address, user, password and the right to SELECT from funnel_entries.',
      cause: error,
    });
  } finally {
    await source.close();
  }
}

/** Neither an error nor the output repeats the URL: it holds a password. */
function parseSource(from: string | undefined, settings: Settings): string {
  const url = from === undefined || !URL.canParse(from) ? undefined : new URL(from);
  if (from === undefined || url === undefined || !/^(mysql|mariadb):$/.test(url.protocol)) {
    throw new UsageError(
      from === undefined ? '--from is missing' : '--from is not a usable URL',
      'Name the database of the old tool, like mysql://user:password@host:3306/modx.',
    );
  }
  if (url.pathname.length < 2) {
    throw new UsageError('--from names no database', 'Like mysql://user:password@host:3306/modx.');
  }
  if (settings.databaseUrl !== undefined && placeOf(url) === placeOf(new URL(settings.databaseUrl))) {
    throw new UsageError(
      "--from is Sluice's own database (DATABASE_URL)",
      'Name the database of the old tool; Sluice needs one of its own beside it.',
    );
  }
  return from;
}

function placeOf(url: URL): string {
  const host = url.hostname === 'localhost' ? '127.0.0.1' : url.hostname.toLowerCase();
  return `${host}:${url.port || '3306'}${url.pathname}`;
}

function withoutPassword(url: string): string {
  const { username, hostname, port, pathname } = new URL(url);
  return `mysql://${username === '' ? '' : `${username}@`}${hostname}${port === '' ? '' : `:${port}`}${pathname}`;
}

function parseZone(zone: string): string {
  try {
    createSiteClock(zone).toNaive(0);
    if (!/^[+-]/.test(zone)) return zone;
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
  }
  throw new UsageError(`--timezone "${zone}" is not an IANA time zone`, 'Like UTC or Europe/Berlin.');
}
