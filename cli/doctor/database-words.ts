import { messageOf } from '../../domain/errors.ts';
import type { Finding } from './checks.ts';

/** Who connects where: `user@host:port/database`, never the password. */
function placeOf(url: string): string {
  const { username, hostname, port, pathname } = new URL(url);
  return `${decodeURIComponent(username)}@${hostname}:${port || '3306'}${pathname}`;
}

/** Reached, and whether the server is new enough; `needed` as a number: 10.06 is 10.6. */
export function describeVersion({
  url,
  version,
  needed,
}: {
  readonly url: string;
  readonly version: string;
  readonly needed: { readonly mariadb: number; readonly mysql: number };
}): Finding {
  const mariadb = /mariadb/i.test(version);
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const short = `${mariadb ? 'MariaDB' : 'MySQL'} ${/^[\d.]+/.exec(version)?.[0] ?? version}`;
  const found = `${placeOf(url)} answers, ${short}`;
  return major + minor / 100 >= needed[mariadb ? 'mariadb' : 'mysql']
    ? { state: 'ok', found }
    : {
        state: 'warning',
        found: `${found}: older than what Sluice is tested with`,
        mend: 'Use MySQL 8 or MariaDB 10.6, or later.',
      };
}

const MENDS: Readonly<Record<string, (setting: string) => string>> = {
  ECONNREFUSED: (setting) => `Start the server, or correct host and port in ${setting}.`,
  ENOTFOUND: (setting) => `Correct the host in ${setting}.`,
  EAI_AGAIN: (setting) => `Correct the host in ${setting}, or see to name resolution.`,
  ETIMEDOUT: (setting) => `Correct host and port in ${setting}, or let the connection through the firewall.`,
  ER_ACCESS_DENIED_ERROR: (setting) => `Correct user and password in ${setting}.`,
  ER_BAD_DB_ERROR: (setting) => `Create the database, or correct its name in ${setting}.`,
  ER_DBACCESS_DENIED_ERROR: (setting) =>
    `Grant the user of ${setting} its rights on the database, or correct the database's name.`,
};

/** Trouble of a connection, with how to mend it. */
export function databaseFailure(
  error: unknown,
  { url, setting }: { readonly url: string; readonly setting: string },
): Finding {
  const code = errorCode(error) ?? '';
  return {
    state: 'failed',
    found: `${placeOf(url)}: ${messageOf(error)}`,
    mend: (MENDS[code] ?? ((name) => `Check ${name} and the server.`))(setting),
  };
}

export function errorCode(error: unknown): string | undefined {
  const { code } = error as { code?: unknown };
  return typeof code === 'string' ? code : undefined;
}
