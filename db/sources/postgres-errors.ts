import { DatabaseError } from 'pg';
import { SluiceError } from '../../domain/errors.ts';
import type { PlaceAt } from '../../domain/reports/refusal.ts';
import { busy, loginRefused, lost, queryFailed, unreachable, withoutQuotes, writeStopped } from './errors.ts';

/**
 * Sorts what pg throws by SQLSTATE (PostgreSQL manual, appendix A).
 * @param input.phase what was under way; a broken connection means something else in each
 */
export function explainPostgres({
  error,
  connection,
  phase,
  placeAt,
}: {
  readonly error: unknown;
  readonly connection: string;
  readonly phase: 'connect' | 'query';
  readonly placeAt?: PlaceAt;
}): SluiceError {
  if (error instanceof SluiceError) return error;
  if (!(error instanceof DatabaseError) || error.code === undefined) {
    return phase === 'connect' ? unreachable({ connection, reason: reasonOf(error) }) : lost(connection);
  }
  const { code, message } = error;
  if (/^(28|3D)/.test(code)) return loginRefused({ connection, reason: message });
  if (/^(08|57P)/.test(code)) {
    return phase === 'connect' ? unreachable({ connection, reason: message }) : lost(connection);
  }
  if (/^(53|40|55P03)/.test(code)) return busy({ connection, reason: message });
  if (code === '25006') return writeStopped(message);
  const position = Number(error.position);
  const at = placeAt === undefined || !(position > 0) ? undefined : placeAt(position - 1);
  // Class 42 speaks of the query alone (syntax, names, types, rights); others may quote values, P0001 anything.
  const said = /^(42|0A)/.test(code) ? message : withoutQuotes(message);
  const shown = code.startsWith('P0') ? 'a function of the database has raised an error' : said;
  return queryFailed({ message: `${shown} [${code}]`, ...(at === undefined ? {} : { at }) });
}

function reasonOf(error: unknown): string {
  if (error instanceof Error && 'code' in error && typeof error.code === 'string') return error.code;
  if (error instanceof AggregateError && error.errors.length > 0) return reasonOf(error.errors[0]);
  // pg's own words, like "timeout expired"; addresses are in none of them.
  return error instanceof Error ? error.message.slice(0, 100) : 'unknown';
}
