import { isDeepStrictEqual } from 'node:util';
import type { Client } from '@temporalio/client';
import { newContents } from './compare.ts';
import type { Owner } from './ownership.ts';
import { findOwned, isOurs } from './plan.ts';
import { deleteOwned } from './remove.ts';
import type { ResolvedSchedule } from './resolved.ts';
import { type Step, settle } from './server/settle.ts';

/**
 * Gives a schedule its new id: makes it with the pause, note and exceptions of the old one, then deletes that. Where it is
 * stopped in between, the new one is there as it should be, and the old one is one to delete.
 */
export async function renameSchedule({
  client,
  schedule,
  from,
  owner,
  now,
}: {
  readonly client: Client;
  readonly schedule: ResolvedSchedule;
  readonly from: string;
  readonly owner: Owner;
  readonly now: Date;
}): Promise<void> {
  const { id } = schedule;
  const inherited = async () => {
    const former = await findOwned({ client, id: from, owner });
    return former === undefined ? undefined : newContents(schedule, { former, now });
  };
  const first = await inherited();
  if (first === undefined) return;
  const isMade = await settle({ client, id }, (held, { writes }): Step<boolean> => {
    if (held !== undefined) return { step: 'done', result: writes > 0 && isOurs(held, owner) };
    return { step: 'create', owner, contents: first, result: true };
  });
  if (!isMade) return;
  // An operator may have paused the old one since it was copied.
  const last = await inherited();
  if (last !== undefined && !isDeepStrictEqual(last, first)) {
    await settle({ client, id }, (held): Step<void> => {
      const { paused, note } = last.state;
      const isThere =
        held === undefined ||
        (held.paused === paused && held.note === note && isDeepStrictEqual(held.exceptions, last.exceptions));
      return isThere ? { step: 'done', result: undefined } : { step: 'update', contents: last };
    });
  }
  await deleteOwned({ client, id: from, owner });
}
