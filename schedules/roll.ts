import type { Client } from '@temporalio/client';
import { messageOf, SluiceError, UsageError } from '../domain/errors.ts';
import { mapBounded } from './bounded.ts';
import { compare } from './compare.ts';
import type { Owner } from './ownership.ts';
import { AT_ONCE, isOurs } from './plan.ts';
import { compile } from './recurrence/compile.ts';
import type { ResolvedSchedule } from './resolved.ts';
import type { ServerSchedule } from './server/describe.ts';
import { instantText } from './server/exception-entries.ts';
import { type Step, settle } from './server/settle.ts';

/** How far the server knows the times of a rule that it can only be told time by time. */
export interface Horizon {
  readonly id: string;
  /** It knows the times before this. */
  readonly until: Date;
  readonly rolled: boolean;
}

/**
 * Tells the server further times of those rules that it can only be told time by time, and drops exceptions whose time
 * has been over for a week. Only where the server holds what the catalogue says otherwise: what differs is for `plan` to
 * show and for `apply` to mend.
 * @throws SluiceError `schedule_roll_failed` after all have had their turn, naming those that failed.
 */
export async function rollSchedules({
  client,
  catalogue,
  now,
  ...owner
}: Owner & {
  readonly client: Client;
  readonly catalogue: readonly ResolvedSchedule[];
  readonly now: Date;
}): Promise<readonly Horizon[]> {
  const failures: string[] = [];
  const horizons = await mapBounded(catalogue, {
    atOnce: AT_ONCE,
    async work(schedule) {
      try {
        return await roll(schedule, { client, owner, now });
      } catch (error) {
        failures.push(`${schedule.id}: ${messageOf(error)}`);
        return undefined;
      }
    },
  });
  if (failures.length > 0) {
    throw new SluiceError(
      `schedules were not rolled forward:\n${failures.map((line) => `  ${line}`).join('\n')}`,
      {
        code: 'schedule_roll_failed',
        sort: 'retry',
      },
    );
  }
  return horizons.flatMap((horizon) => horizon ?? []);
}

function roll(
  schedule: ResolvedSchedule,
  { client, owner, now }: { readonly client: Client; readonly owner: Owner; readonly now: Date },
): Promise<Horizon | undefined> {
  const { id } = schedule;
  return settle({ client, id }, (held, { writes }): Step<Horizon | undefined> => {
    if (held === undefined || !isOurs(held, owner)) return { step: 'done', result: undefined };
    const { target, changes, contents } = compare(schedule, { held, now });
    const hasOldExceptions = contents.exceptions.length < held.exceptions.length;
    const differsOtherwise = changes.some(({ field }) => field !== 'horizon');
    if ((target.isRoll || hasOldExceptions) && !differsOtherwise) return { step: 'update', contents };
    const last = held.spec.endAt;
    const isEnumerated = target.kind === 'enumerated' && last !== undefined;
    return {
      step: 'done',
      result: isEnumerated ? { id, until: new Date((last + 1) * 1000), rolled: writes > 0 } : undefined,
    };
  });
}

/**
 * Makes the server know the times of a rule from `from` on, for a backfill of times before its window; the window's end
 * stays. The next roll takes them away again.
 * @throws UsageError where the schedule is missing, not ours, differs from the catalogue, or has too many times since.
 */
export async function extendBack({
  client,
  schedule,
  from,
  owner,
  now,
}: {
  readonly client: Client;
  readonly schedule: ResolvedSchedule;
  readonly from: Date;
  readonly owner: Owner;
  readonly now: Date;
}): Promise<void> {
  const { id } = schedule;
  const start = Math.floor(from.getTime() / 1000);
  await settle({ client, id }, (held): Step<void> => {
    if (held === undefined || !isOurs(held, owner)) {
      throw new UsageError(`there is no schedule "${id}" of ours`, 'sluice schedules apply creates it.');
    }
    const { startAt, endAt } = held.spec;
    if (startAt === undefined || endAt === undefined || startAt <= start)
      return { step: 'done', result: undefined };
    const { contents } = compare(schedule, { held, now });
    const { spec, kind, window } = compile(schedule.recurrence, {
      now: Math.floor(now.getTime() / 1000),
      from: start,
      until: endAt + 1,
    });
    if (kind === 'exact') return refuse(held);
    if (window === undefined || window.from > start || window.until <= endAt) {
      throw new UsageError(
        `${id} has too many times between ${instantText(start)} and ${instantText(endAt)} for one schedule`,
        'Backfill a shorter time, later ones first.',
      );
    }
    return { step: 'update', contents: { ...contents, spec: { ...spec, jitter: schedule.jitter } } };
  });
}

/** The server holds a window for a rule that needs none. */
function refuse({ id }: ServerSchedule): never {
  throw new UsageError(
    `"${id}" on the server differs from the catalogue`,
    'sluice schedules apply mends it.',
  );
}
