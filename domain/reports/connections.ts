import type { SqlDialect } from './sql-lexer.ts';

/** A database that reports may read. `url` holds a password: it goes to the driver and nowhere else. */
export interface ReportConnection {
  readonly name: string;
  readonly dialect: SqlDialect;
  readonly url: string;
  /**
   * Zone of the database's zoneless times: its session runs in it, and datetime parameters are written in it.
   * UTC unless the URL says `timezone=`.
   */
  readonly timezone: string;
  readonly tls: 'off' | 'verified';
  /** PEM file of the authority that signed the server's certificate; undefined: those that Node trusts. */
  readonly caFile: string | undefined;
  /** Functions of the database's own that the operator vouches for: they only read. Lower case. */
  readonly functions: readonly string[];
}

const DIALECTS: Readonly<Record<string, SqlDialect>> = {
  'mysql:': 'mysql',
  'mariadb:': 'mysql',
  'postgres:': 'postgres',
  'postgresql:': 'postgres',
  'sqlite:': 'sqlite',
};

const OPTIONS = ['ssl', 'ca', 'timezone', 'functions'];

/**
 * Reads the setting REPORT_CONNECTIONS: `name=url`, several separated by white space or line breaks.
 * White space cannot occur in a URL (it is %20 there), so one line and several lines mean the same, and no quoting
 * is needed in .env, docker-compose.yml or a systemd environment file.
 * @returns the connections, and every problem by the connection's name; neither URL nor password is repeated
 */
export function parseConnections(text: string): {
  readonly connections: readonly ReportConnection[];
  readonly problems: readonly string[];
} {
  const connections: ReportConnection[] = [];
  const problems: string[] = [];
  for (const [index, entry] of text
    .split(/\s+/)
    .filter((part) => part !== '')
    .entries()) {
    const [, name, url] = /^([a-z][a-z0-9_-]{0,39})=(.+)$/.exec(entry) ?? [];
    if (name === undefined || url === undefined) {
      problems.push(
        `entry ${index + 1} must be name=url, the name of a-z, 0-9, _ and - and beginning with a letter; white space separates entries`,
      );
      continue;
    }
    if (connections.some((other) => other.name === name)) problems.push(`"${name}" is named twice`);
    const outcome = readConnection({ name, url });
    if ('problem' in outcome) problems.push(`"${name}" ${outcome.problem}`);
    else connections.push(outcome);
  }
  return { connections, problems };
}

function readConnection({
  name,
  url: text,
}: {
  readonly name: string;
  readonly url: string;
}): ReportConnection | { readonly problem: string } {
  if (!URL.canParse(text)) return { problem: 'has no usable URL (is a special character not %-encoded?)' };
  const url = new URL(text);
  const dialect = DIALECTS[url.protocol];
  if (dialect === undefined) {
    return { problem: 'must begin with mysql://, mariadb://, postgres://, postgresql:// or sqlite:///' };
  }
  const problem =
    (dialect === 'sqlite' ? fileProblem(url) : serverProblem(url)) ?? optionProblem({ url, dialect });
  if (problem !== undefined) return { problem };
  return {
    name,
    dialect,
    url: text,
    timezone: url.searchParams.get('timezone') ?? 'UTC',
    tls: url.searchParams.get('ssl') === 'true' ? 'verified' : 'off',
    caFile: url.searchParams.get('ca') ?? undefined,
    functions: (url.searchParams.get('functions') ?? '')
      .split(',')
      .map((part) => part.trim().toLowerCase())
      .filter((part) => part !== ''),
  };
}

function fileProblem(url: URL): string | undefined {
  if (url.host !== '') return 'needs three slashes and an absolute path, sqlite:///var/lib/shop.db';
  if (url.pathname.length < 2) return 'names no file, like sqlite:///var/lib/shop.db';
  return decodes(url.pathname) ? undefined : 'has a % that is not followed by two hex digits';
}

function serverProblem(url: URL): string | undefined {
  if (url.hostname === '') return 'names no host';
  if (url.username === '') return 'names no user';
  if (url.pathname.length < 2) return 'names no database';
  if (url.hash !== '') return 'has a # that is not written %23';
  return [url.username, url.password, url.pathname].every(decodes)
    ? undefined
    : 'has a % that is not followed by two hex digits';
}

function optionProblem({
  url,
  dialect,
}: {
  readonly url: URL;
  readonly dialect: SqlDialect;
}): string | undefined {
  const options = url.searchParams;
  const unknown = [...options.keys()].find((key) => !OPTIONS.includes(key));
  if (unknown !== undefined) {
    return `has the unknown option ${unknown.slice(0, 30)}; known: ${OPTIONS.join(', ')}`;
  }
  const ssl = options.get('ssl');
  if (ssl !== null && dialect === 'sqlite') return 'is a file; ssl means nothing there';
  if (ssl !== null && !['true', 'false'].includes(ssl)) return 'must say ssl=true or ssl=false';
  if (options.has('ca') && ssl !== 'true') return 'has ca= without ssl=true';
  const timezone = options.get('timezone');
  return timezone === null || isZone(timezone) ? undefined : 'has a timezone= that is no IANA zone';
}

function isZone(zone: string): boolean {
  try {
    return !/^[+-]/.test(Intl.DateTimeFormat('en', { timeZone: zone }).resolvedOptions().timeZone);
  } catch {
    return false;
  }
}

function decodes(text: string): boolean {
  try {
    decodeURIComponent(text);
    return true;
  } catch {
    return false;
  }
}
