import { type Bounds, expand } from './expand.ts';
import type { Interval, Recurrence } from './rule.ts';

/** The instants of a recurrence of any kind within bounds, sorted. */
export function timesBetween(recurrence: Recurrence, bounds: Bounds): number[] {
  switch (recurrence.kind) {
    case 'rules':
      return expand(recurrence.set, bounds);
    case 'interval':
      return ticks(recurrence.interval, bounds);
    default:
      return [];
  }
}

function ticks(
  { every, offset }: Interval,
  { after, before = Number.POSITIVE_INFINITY, count }: Bounds,
): number[] {
  const first = (Math.floor((after - offset) / every) + 1) * every + offset;
  const length = Math.max(0, Math.min(count, Math.ceil((before - first) / every)));
  return Array.from({ length }, (_, index) => first + index * every);
}
