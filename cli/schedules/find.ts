import { UsageError } from '../../domain/errors.ts';
import { nearestIds } from '../../schedules/observe/nearest.ts';
import { isOurs } from '../../schedules/plan.ts';
import { refuseForeign } from '../../schedules/remove.ts';
import type { ResolvedSchedule } from '../../schedules/resolved.ts';
import { describeSchedule, type ServerSchedule } from '../../schedules/server/describe.ts';
import { listSchedules } from '../../schedules/server/list.ts';
import type { ScheduleContext } from './context.ts';

/** A schedule by its id, as the catalogue and as the server have it; one of the two is there. */
export interface FoundSchedule {
  readonly id: string;
  readonly declared: ResolvedSchedule | undefined;
  readonly held: ServerSchedule | undefined;
}

/** @throws UsageError for an id that neither has, naming those that were probably meant. */
export async function findSchedule(context: ScheduleContext, id: string): Promise<FoundSchedule> {
  const { client, catalogue } = context;
  const declared = catalogue.find((schedule) => schedule.id === id);
  const held = await describeSchedule(client, id);
  if (declared === undefined && held === undefined) throw await unknown(context, id);
  return { id, declared, held };
}

/**
 * One that may be operated: it is on the server, and ours.
 * @throws UsageError otherwise.
 */
export async function findApplied(
  context: ScheduleContext,
  id: string,
): Promise<FoundSchedule & { readonly held: ServerSchedule }> {
  const { declared, held } = await findSchedule(context, id);
  if (held === undefined) {
    throw new UsageError(
      `the schedule "${id}" is not on the server`,
      `sluice ${declared?.declaredIn === 'reports' ? 'report sync' : 'schedules apply'} creates it.`,
    );
  }
  refuseForeign(isOurs(held, context.owner), id);
  return { id, declared, held };
}

/** One that is in the catalogue, too, for what needs its rule. @throws UsageError otherwise. */
export async function findDeclared(
  context: ScheduleContext,
  id: string,
): Promise<{ readonly schedule: ResolvedSchedule; readonly held: ServerSchedule }> {
  const { declared: schedule, held } = await findApplied(context, id);
  if (schedule !== undefined) return { schedule, held };
  throw new UsageError(
    `the schedule "${id}" is on the server, and not in the catalogue, so its rule is not known`,
    'Declare it in the catalogue, or use temporal schedule … for it.',
  );
}

async function unknown({ client, catalogue }: ScheduleContext, id: string): Promise<UsageError> {
  const ids = new Set(catalogue.map((schedule) => schedule.id));
  for await (const { id } of listSchedules(client)) ids.add(id);
  const nearest = nearestIds(id, [...ids]);
  return new UsageError(
    `there is no schedule "${id}"`,
    nearest.length === 0
      ? 'sluice schedules list shows them.'
      : `Did you mean ${nearest.join(', ')}? sluice schedules list shows all.`,
  );
}
