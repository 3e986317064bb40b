import type { MysqlSession } from './mysql-session.ts';
import { rightsWarning } from './rights-warning.ts';

/** Privileges with which nothing can be changed. */
const READING =
  /^(USAGE|SELECT|SHOW VIEW|SHOW DATABASES|PROCESS|REFERENCES|REPLICATION CLIENT|BINLOG MONITOR|SLAVE MONITOR|SHOW_ROUTINE|REPLICA MONITOR|PROXY)$/;

/** What the account could change, in words; undefined where it only reads. */
export async function mysqlRights({ ask }: MysqlSession): Promise<string | undefined> {
  const grants = await grantsOf({ ask, question: 'SHOW GRANTS' });
  const roles = grants.flatMap((grant) => {
    const [, names] = /^GRANT ((?:`[^`]+`(?:@`[^`]+`)?,? ?)+) TO /.exec(grant) ?? [];
    return names === undefined ? [] : names.split(/,\s*/).map((name) => name.trim());
  });
  for (const role of roles) grants.push(...(await grantsOf({ ask, question: `SHOW GRANTS FOR ${role}` })));
  const rights = grants.flatMap((grant) => {
    const [, privileges, where] =
      /^GRANT (.+?) ON (?:TABLE |FUNCTION |PROCEDURE )?(.+?) TO /.exec(grant) ?? [];
    if (privileges === undefined) return [];
    const writing = privileges
      .replace(/\([^)]*\)/g, '')
      .split(',')
      .map((name) => name.trim())
      .filter((name) => !READING.test(name));
    return writing.length === 0 ? [] : [`has ${writing.slice(0, 4).join(', ')} on ${where}`];
  });
  return rightsWarning([...new Set(rights)].slice(0, 5));
}

async function grantsOf({
  ask,
  question,
}: Pick<MysqlSession, 'ask'> & { readonly question: string }): Promise<string[]> {
  try {
    return (await ask(question)).map(([grant]) => String(grant));
  } catch {
    // Grants of a role may be hidden from its members.
    return [];
  }
}
