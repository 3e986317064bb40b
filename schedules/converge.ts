import type { Client } from '@temporalio/client';
import { compare, newContents } from './compare.ts';
import type { Owner } from './ownership.ts';
import { isFinished, isOurs } from './plan.ts';
import type { ResolvedSchedule } from './resolved.ts';
import type { ServerSchedule } from './server/describe.ts';
import { type Step, settle } from './server/settle.ts';

export interface Converged {
  /** `finished`: it has no time to come, and is not made. `foreign`: somebody else's has the id; untouched. */
  readonly outcome: 'created' | 'updated' | 'unchanged' | 'finished' | 'foreign';
  /** As it was found last; undefined where it was not there, or is new. */
  readonly held: ServerSchedule | undefined;
}

/** Creates or updates until the server has what was declared; pauses, notes and exceptions of operators stay. */
export async function converge(
  schedule: ResolvedSchedule,
  { client, owner, now }: { readonly client: Client; readonly owner: Owner; readonly now: Date },
): Promise<Converged> {
  let updated = false;
  return settle({ client, id: schedule.id }, (held): Step<Converged> => {
    if (held === undefined) {
      if (isFinished(schedule, { now })) return { step: 'done', result: { outcome: 'finished', held } };
      const contents = newContents(schedule, { former: undefined, now });
      return { step: 'create', owner, contents, result: { outcome: 'created', held } };
    }
    if (!isOurs(held, owner)) return { step: 'done', result: { outcome: 'foreign', held } };
    const { changes, contents } = compare(schedule, { held, now });
    if (changes.length === 0) {
      return { step: 'done', result: { outcome: updated ? 'updated' : 'unchanged', held } };
    }
    updated = true;
    return { step: 'update', contents };
  });
}
