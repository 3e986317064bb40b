import type { Watched } from '../../domain/missed-times.ts';
import type { ResolvedSchedule } from '../resolved.ts';
import type { LedgerWatch } from './ledger.ts';

/** How far a schedule has been looked through, under its id or else a former one, of which it was another schedule. */
export function watchedOf(
  { id, formerIds }: Pick<ResolvedSchedule, 'id' | 'formerIds'>,
  watches: readonly LedgerWatch[],
): Watched | undefined {
  const own = watches.find(({ scheduleId }) => scheduleId === id);
  const watch = own ?? watches.find(({ scheduleId }) => formerIds.includes(scheduleId));
  return (
    watch && {
      until: secondsOf(watch.watchedUntil),
      createdAt: own === undefined ? undefined : secondsOf(watch.scheduleCreatedAt),
      pausedSeenAt: secondsOf(watch.pausedSeenAt),
    }
  );
}

function secondsOf(at: Date | null): number | undefined {
  return at === null ? undefined : at.getTime() / 1000;
}
