import { DefaultLogger, type LogEntry, type Logger } from '@temporalio/worker';
import { pino } from 'pino';

type Level = 'debug' | 'info' | 'warn' | 'error';

/** JSON lines on stderr: stdout belongs to commands' results. */
export function jsonLog(level: Level): pino.Logger {
  return pino({ level, base: null, timestamp: pino.stdTimeFunctions.isoTime }, pino.destination(2));
}

/** The same for the SDK. Nothing of a payload is ever logged. */
export function createLogger(level: Level): Logger {
  const log = jsonLog(level);
  const levels = { TRACE: 'trace', DEBUG: 'debug', INFO: 'info', WARN: 'warn', ERROR: 'error' } as const;
  const temporal = level.toUpperCase() as 'DEBUG' | 'INFO' | 'WARN' | 'ERROR';
  return new DefaultLogger(temporal, ({ level: entryLevel, message, meta }: LogEntry) => {
    log[levels[entryLevel]](meta === undefined ? {} : withoutNoise(meta), message);
  });
}

/** Keeps what names the work; drops the SDK's bulky context. */
function withoutNoise(meta: Record<string | symbol, unknown>): Record<string, unknown> {
  const kept = Object.entries(meta).filter(
    ([, value]) => typeof value !== 'object' || value instanceof Error,
  );
  return Object.fromEntries(
    kept.map(([name, value]) => [name, value instanceof Error ? `${value.name}: ${value.message}` : value]),
  );
}
