import { SluiceError } from '../../domain/errors.ts';
import type { PlaceAt } from '../../domain/reports/refusal.ts';

// None of these keeps the driver's error as its cause: that carries the statement, its values and details of rows.

export function unreachable({
  connection,
  reason,
}: {
  readonly connection: string;
  /** A code such as ECONNREFUSED. */
  readonly reason: string;
}): SluiceError {
  return new SluiceError(`the database of connection "${connection}" cannot be reached: ${reason}`, {
    code: 'source_unreachable',
    sort: 'retry',
    hint: 'Is the server up, and is its address in REPORT_CONNECTIONS right?',
  });
}

export function lost(connection: string): SluiceError {
  return new SluiceError(`the connection to "${connection}" was lost while the query ran`, {
    code: 'source_lost',
    sort: 'retry',
  });
}

export function busy({
  connection,
  reason,
}: {
  readonly connection: string;
  readonly reason: string;
}): SluiceError {
  return new SluiceError(`the database of connection "${connection}" is busy: ${reason}`, {
    code: 'source_busy',
    sort: 'retry',
  });
}

export function loginRefused({
  connection,
  reason,
}: {
  readonly connection: string;
  readonly reason: string;
}): SluiceError {
  return new SluiceError(`connection "${connection}" is not let in: ${reason}`, {
    code: 'source_login',
    hint: 'Correct user, password or database in REPORT_CONNECTIONS.',
  });
}

export function timedOut({
  connection,
  timeoutMs,
}: {
  readonly connection: string;
  readonly timeoutMs: number;
}): SluiceError {
  return new SluiceError(
    `the query on "${connection}" took longer than ${timeoutMs / 1000} s and was ended`,
    {
      code: 'source_timeout',
      sort: 'item',
      hint: 'Narrow the query, add an index, or allow it more time.',
    },
  );
}

export function queryFailed({
  message,
  at,
}: {
  /** The database's own, without values. */
  readonly message: string;
  readonly at?: ReturnType<PlaceAt>;
}): SluiceError {
  const place = at === undefined ? '' : ` (line ${at.line}, column ${at.column})`;
  return new SluiceError(`${message}${place}`, { code: 'query_failed', sort: 'item' });
}

/** The database itself has found a write that the guard before it did not see. */
export function writeStopped(message: string): SluiceError {
  return new SluiceError(`the query is refused by the database: ${message}`, {
    code: 'query_not_read_only',
    sort: 'item',
    hint: 'A report is one SELECT, WITH … SELECT or VALUES that only reads; docs/report-guard.md has the rules.',
  });
}

/** A message without what stands in it between quotes, for errors that quote values of rows. */
export function withoutQuotes(message: string): string {
  return message
    .replace(/'(?:[^'\\]|''|\\.)*'?/g, "'…'")
    .replace(/"(?:[^"\\]|""|\\.)*"?/g, '"…"')
    .replace(/\s+/g, ' ')
    .slice(0, 300);
}
