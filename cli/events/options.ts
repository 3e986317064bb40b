import type { EventState } from '../../db/events.ts';
import { EVENT_STATES } from '../../db/schema-events.ts';
import { UsageError } from '../../domain/errors.ts';

const SPANS: Readonly<Record<string, number>> = { m: 60_000, h: 3_600_000, d: 86_400_000 };

/** An instant, or so long ago: `2026-11-21T09:00:00Z`, `90m`, `24h`, `7d`. @throws UsageError */
export function parseSince(text: string | undefined, now: Date): Date | undefined {
  if (text === undefined) return undefined;
  const [, count = '', unit = ''] = /^(\d{1,5})([mhd])$/.exec(text) ?? [];
  const span = SPANS[unit];
  if (span !== undefined) return new Date(now.getTime() - Number(count) * span);
  const at = new Date(text);
  if (/^\d{4}-\d\d-\d\dT.*(Z|[+-]\d\d:\d\d)$/.test(text) && !Number.isNaN(at.getTime())) return at;
  throw new UsageError(
    `--since ${text} is neither an instant nor a span`,
    'Like 2026-11-21T09:00:00Z, 90m, 24h or 7d.',
  );
}

/** @throws UsageError */
export function parseState(text: string | undefined): EventState | undefined {
  if (text === undefined) return undefined;
  const state = EVENT_STATES.find((one) => one === text);
  if (state !== undefined) return state;
  throw new UsageError(`--state ${text} is none of ${EVENT_STATES.join(', ')}`);
}
