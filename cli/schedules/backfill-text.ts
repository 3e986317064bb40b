import type { BackfillResult } from '../../schedules/operate/backfill.ts';
import type { BackfillSlot } from '../../schedules/operate/plan-backfill.ts';
import type { ResolvedSchedule } from '../../schedules/resolved.ts';
import { instantText } from '../../schedules/server/exception-entries.ts';
import { timeInZone } from './times.ts';

/** Longer lists are cut in the middle. */
const SHOWN = 40;

/** The times of a range, a line each, and how many there are of each kind. */
export function describeBackfillPlan(
  slots: readonly BackfillSlot[],
  { timezone }: Pick<ResolvedSchedule, 'timezone'>,
): string {
  const lines = slots.map((one) => `${timeInZone(one.slot, timezone)}  ${fateText(one)}`);
  const cut = lines.length - SHOWN;
  const shown =
    cut > 0
      ? [...lines.slice(0, SHOWN / 2), `… ${cut} more (--json has all)`, ...lines.slice(-SHOWN / 2)]
      : lines;
  const counts = [...Map.groupBy(slots, ({ fate }) => fate)].map(([fate, { length }]) => `${length} ${fate}`);
  return [...shown, counts.join(', ')].join('\n');
}

/** @param result undefined: nothing was asked for */
export function describeBackfill(
  result: BackfillResult | undefined,
  { id, toRun }: { readonly id: string; readonly toRun: number },
): string {
  if (toRun === 0) return 'nothing to run';
  if (result === undefined) return 'nothing was asked for';
  const { started, waiting, lost } = result;
  return [
    `${started} started${waiting > 0 ? `, ${waiting} wait for the one before to end` : ''}`,
    ...(lost.length > 0
      ? [`not started: ${lost.map((at) => instantText(at.getTime() / 1000)).join(', ')}`]
      : []),
    `sluice schedules show ${id} tells how they end`,
  ].join('\n');
}

function fateText({ fate, before }: BackfillSlot): string {
  if (fate === 'outside') return 'outside of what the server holds: skipped, or of another rule';
  if (fate !== 'to run') return `already ran: ${fate}`;
  return before === undefined ? fate : `${fate} (${before.replaceAll('_', ' ')})`;
}
