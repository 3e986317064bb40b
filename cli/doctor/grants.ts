/** A privilege on something, as SHOW GRANTS tells it. */
export interface Grant {
  /** Upper case, without column lists: `SELECT`, `ALL PRIVILEGES`. */
  readonly privileges: readonly string[];
  /** As written, unquoted; `*` is all. A database name may hold the wildcards `_` and `%`, escaped by `\`. */
  readonly database: string;
  readonly table: string;
}

/** Those by which somebody can change data or tables. */
const WRITING = new Set([
  'ALL',
  'ALL PRIVILEGES',
  'ALTER',
  'ALTER ROUTINE',
  'CREATE',
  'CREATE ROUTINE',
  'CREATE VIEW',
  'DELETE',
  'DELETE HISTORY',
  'DROP',
  'EVENT',
  'INDEX',
  'INSERT',
  'TRIGGER',
  'UPDATE',
]);

const QUOTED = /`((?:[^`]|``)*)`|"((?:[^"]|"")*)"/g;

/**
 * Reads one line of SHOW GRANTS. Names may hold anything, ` ON ` and commas too, so they are set aside first.
 * @returns `undefined` for lines that grant no privilege on tables: roles, proxies, routines.
 */
export function parseGrant(line: string): Grant | undefined {
  const names: string[] = [];
  const plain = line.replace(QUOTED, (_, back?: string, double?: string) => {
    names.push(back?.replaceAll('``', '`') ?? double?.replaceAll('""', '"') ?? '');
    return `#${names.length - 1}#`;
  });
  const match = /^GRANT (.+?) ON (?:TABLE )?(\S+?)\.(\S+) TO /i.exec(plain);
  if (match === null) return undefined;
  const name = (text = '') => text.replace(/#(\d+)#/g, (_, index: string) => names[Number(index)] ?? '');
  return {
    privileges: (match[1] ?? '')
      .replace(/\([^)]*\)/g, '')
      .split(',')
      .map((one) => one.trim().toUpperCase()),
    database: name(match[2]),
    table: name(match[3]),
  };
}

/** The privileges among these grants by which a table can be changed, each once. */
export function writingPrivileges(
  grants: readonly Grant[],
  { database, table }: { readonly database: string; readonly table: string },
): readonly string[] {
  const found = grants
    .filter((grant) => covers(grant.database, database) && (grant.table === '*' || same(grant.table, table)))
    .flatMap(({ privileges }) => privileges.filter((one) => WRITING.has(one)));
  return [...new Set(found)];
}

function covers(pattern: string, database: string): boolean {
  if (pattern === '*') return true;
  const parts = pattern.matchAll(/\\(.)|(.)/gsu);
  const source = [...parts].map(([, escaped, plain = '']) => {
    if (escaped !== undefined) return literal(escaped);
    return plain === '%' ? '.*' : plain === '_' ? '.' : literal(plain);
  });
  return new RegExp(`^${source.join('')}$`, 'isu').test(database);
}

function literal(character: string): string {
  return /[a-z0-9]/i.test(character) ? character : `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`;
}

/** Whether names differ by case alone depends on the server; a warning too many is the lesser evil. */
function same(a: string, b: string): boolean {
  return a.toLowerCase() === b.toLowerCase();
}
