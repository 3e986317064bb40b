import { SluiceError } from '../../domain/errors.ts';
import {
  busy,
  loginRefused,
  lost,
  queryFailed,
  timedOut,
  unreachable,
  withoutQuotes,
  writeStopped,
} from './errors.ts';

const LOGIN = new Set([1044, 1045, 1049, 1698, 1251, 1524, 1862, 1873, 3118, 4151]);
const BUSY = new Set([1040, 1203, 1205, 1213, 1226, 1041, 1037, 1038]);
const READ_ONLY = new Set([1290, 1792, 1207]);
const TIMEOUT = new Set([1969, 3024]);
const LOST = new Set([1053, 1077, 1079, 1152, 1158, 1159, 1160, 1161, 1927]);
/** They speak of the query alone: syntax, names, rights, grouping. Others may quote values of rows. */
const ABOUT_THE_QUERY = new Set([
  1046, 1051, 1052, 1054, 1055, 1056, 1060, 1064, 1066, 1103, 1109, 1111, 1115, 1137, 1140, 1142, 1143, 1146,
  1149, 1166, 1222, 1227, 1235, 1241, 1247, 1248, 1250, 1267, 1305, 1317, 1318, 1327, 1345, 1356, 1370, 1582,
  1583, 1584, 1630, 3593, 3636, 4078,
]);

/** Sorts what mysql2 throws by the server's error number (MySQL and MariaDB "Error Message Reference"). */
export function explainMysql({
  error,
  connection,
  phase,
  timeoutMs,
}: {
  readonly error: unknown;
  readonly connection: string;
  readonly phase: 'connect' | 'query';
  readonly timeoutMs: number;
}): SluiceError {
  if (error instanceof SluiceError) return error;
  const { errno, code, message } = partsOf(error);
  if (errno === undefined || errno < 1000) {
    return phase === 'connect' ? unreachable({ connection, reason: code }) : lost(connection);
  }
  if (LOGIN.has(errno)) return loginRefused({ connection, reason: message });
  if (BUSY.has(errno)) return busy({ connection, reason: code });
  if (READ_ONLY.has(errno)) return writeStopped(message);
  if (TIMEOUT.has(errno)) return timedOut({ connection, timeoutMs });
  if (LOST.has(errno)) return lost(connection);
  const said = ABOUT_THE_QUERY.has(errno) ? message.replace(/\s+/g, ' ') : withoutQuotes(message);
  return queryFailed({ message: `${said} [${errno}]` });
}

function partsOf(error: unknown): {
  readonly errno: number | undefined;
  readonly code: string;
  readonly message: string;
} {
  if (!(error instanceof Error)) return { errno: undefined, code: 'unknown', message: '' };
  if (error instanceof AggregateError && error.errors.length > 0) return partsOf(error.errors[0]);
  const { errno, code, sqlMessage } = error as Error & {
    errno?: unknown;
    code?: unknown;
    sqlMessage?: unknown;
  };
  return {
    errno: typeof errno === 'number' ? errno : undefined,
    code: typeof code === 'string' ? code : 'unknown',
    message: typeof sqlMessage === 'string' ? sqlMessage : error.message,
  };
}
