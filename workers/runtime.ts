import { Runtime } from '@temporalio/worker';
import { createLogger } from './logger.ts';

let installed = false;

/** Temporal's native core exists once in a process and logs through ours; only the first call decides the level. */
export function installRuntime(level: 'debug' | 'info' | 'warn' | 'error'): void {
  if (installed) return;
  installed = true;
  const filter = level === 'error' ? 'ERROR' : 'WARN';
  Runtime.install({ logger: createLogger(level), telemetryOptions: { logging: { forward: {}, filter } } });
}
