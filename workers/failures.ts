import { ApplicationFailure } from '@temporalio/common';
import { messageOf, SluiceError } from '../domain/errors.ts';

/**
 * What Temporal is told of an error that an activity threw, and so what stands in histories for ever: no addresses,
 * no SQL, no bodies. Whether it is tried again follows from the error's sort alone.
 */
export function failureOf(error: unknown): ApplicationFailure {
  if (error instanceof ApplicationFailure) return error;
  if (error instanceof SluiceError) {
    const { code, sort, hint, retryAfterMs } = error;
    return ApplicationFailure.create({
      message: hint === undefined ? error.message : `${error.message}. ${hint}`,
      type: code,
      nonRetryable: sort === 'stop' || sort === 'item',
      ...(retryAfterMs === undefined ? {} : { nextRetryDelay: retryAfterMs }),
    });
  }
  const mysql = mysqlErrorOf(error);
  if (mysql !== undefined) {
    return ApplicationFailure.create({
      message: `the database answered ${mysql.code}${MYSQL_HINTS[mysql.code] ?? ''}`,
      type: mysql.code,
      nonRetryable: mysql.code in MYSQL_HINTS,
    });
  }
  return ApplicationFailure.create({
    message: messageOf(error),
    type: error instanceof Error ? error.name : 'Error',
  });
}

/** Errors that waiting does not mend; everything else of a database (restart, lost line, deadlock) passes. */
const MYSQL_HINTS: Readonly<Record<string, string>> = {
  ER_NO_SUCH_TABLE: ': a table is missing; sluice doctor names it',
  ER_BAD_FIELD_ERROR: ': a column is missing; sluice doctor names it',
  ER_BAD_DB_ERROR: ': the database does not exist; sluice doctor says which',
  ER_ACCESS_DENIED_ERROR: ': user or password is wrong; sluice doctor says which',
  ER_DBACCESS_DENIED_ERROR: ': the user may not use the database; sluice doctor says which',
  ER_TABLEACCESS_DENIED_ERROR: ': the user may not read a table; sluice doctor names it',
  ER_COLUMNACCESS_DENIED_ERROR: ': the user may not read a column; sluice doctor names it',
  ER_PARSE_ERROR: ': a statement is not understood by this server; report it as a bug',
};

/** Errors of the driver, also where the query builder has wrapped them; their messages may quote values. */
function mysqlErrorOf(error: unknown): { readonly code: string } | undefined {
  for (let one = error, depth = 0; one instanceof Error && depth < 5; one = one.cause, depth += 1) {
    const { code, errno } = one as { code?: unknown; errno?: unknown };
    if (
      typeof code === 'string' &&
      (typeof errno === 'number' || /^(ER_|PROTOCOL_|POOL_|E[A-Z]+$)/.test(code))
    ) {
      return { code };
    }
    if (one.name === 'DrizzleQueryError' && one.cause === undefined) return { code: 'QUERY_FAILED' };
  }
  return undefined;
}
