import { UsageError } from '../../domain/errors.ts';
import type { ReportConnection } from '../../domain/reports/connections.ts';

/** What the URL of an old task becomes: a name, and what REPORT_CONNECTIONS lacks for it. */
export interface OldConnection {
  readonly name: string;
  /** Undefined: it is configured. Never with a password. */
  readonly missing: string | undefined;
}

const SCHEMES: Readonly<Record<string, string>> = {
  postgresql: 'postgres',
  postgres: 'postgres',
  mysql: 'mysql',
  mariadb: 'mysql',
  sqlite: 'sqlite',
};

interface Address {
  readonly dialect: string;
  readonly host: string;
  readonly port: string;
  /** Database, or file. */
  readonly path: string;
  readonly user: string;
}

/**
 * The connection that a URL means: the configured one of the same server, database and user, else a new name.
 * @param input.taken names that other URLs of the same file have, by what they stand for
 * @throws UsageError for a URL of no database that reports can read; it is not repeated
 */
export function connectionOf(
  url: string,
  {
    connections,
    taken,
  }: { readonly connections: readonly ReportConnection[]; readonly taken: Map<string, string> },
): OldConnection {
  const address = addressOf(url);
  if (address === undefined) {
    throw new UsageError(
      'database_url is no URL of PostgreSQL, MySQL, MariaDB or SQLite (it is not shown, for it may hold a password)',
    );
  }
  const configured = connections.find((one) => isSame(address, addressOf(one.url)));
  if (configured !== undefined) return { name: configured.name, missing: undefined };
  const key = JSON.stringify(address);
  const name =
    [...taken].find(([, known]) => known === key)?.[0] ?? freeName(address, { connections, taken });
  taken.set(name, key);
  return { name, missing: `${name}=${exampleOf(address)}` };
}

function addressOf(url: string): Address | undefined {
  // SQLAlchemy names its driver, too: postgresql+psycopg2://
  const [, scheme = '', rest = ''] = /^\s*([a-z]+)(?:\+\w+)?:\/\/(.*?)\s*$/is.exec(url) ?? [];
  const dialect = SCHEMES[scheme.toLowerCase()];
  if (dialect === undefined || !URL.canParse(`http://${rest.replace(/^\//, 'local/')}`)) return undefined;
  if (dialect === 'sqlite') {
    const path = `/${decoded(rest.replace(/[?#].*$/, '')).replace(/^\/+/, '')}`;
    return { dialect, host: '', port: '', user: '', path };
  }
  const { hostname: host, port, pathname, username } = new URL(`http://${rest}`);
  const usual = dialect === 'postgres' ? '5432' : '3306';
  return {
    dialect,
    host,
    port: port === '' ? usual : port,
    path: decoded(pathname.slice(1)),
    user: decoded(username),
  };
}

function isSame(one: Address, other: Address | undefined): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}

function freeName(
  { path, host, dialect }: Address,
  {
    connections,
    taken,
  }: { readonly connections: readonly ReportConnection[]; readonly taken: Map<string, string> },
): string {
  const base = wordOf(path.replace(/^.*\//, '').replace(/\.\w+$/, '')) || dialect;
  const isFree = (name: string) => !taken.has(name) && !connections.some((one) => one.name === name);
  const candidates = [base, ...(host === '' ? [] : [`${base}-${wordOf(host)}`.slice(0, 40)])];
  for (let number = 2; ; number += 1) {
    const free = candidates.find(isFree);
    if (free !== undefined) return free;
    candidates.push(`${base}-${number}`);
  }
}

function wordOf(text: string): string {
  return text
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^[^a-z]+|-+$/g, '')
    .slice(0, 30);
}

function exampleOf({ dialect, host, port, path, user }: Address): string {
  if (dialect === 'sqlite') return `sqlite://${encodeURI(path)}`;
  const name = encodeURIComponent(user === '' ? 'reader' : user);
  return `${dialect}://${name}:PASSWORD@${host}:${port}/${encodeURIComponent(path)}`;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
