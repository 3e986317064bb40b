import { Command } from 'commander';
import { loadSettings } from '../../config.ts';
import { findEvent } from '../../db/events.ts';
import { UsageError } from '../../domain/errors.ts';
import { withDatabase } from '../context.ts';
import { print, printJson } from '../output.ts';
import { visibleText, visibleTime } from '../visible-text.ts';

export function showCommand(): Command {
  return new Command('show')
    .argument('<id>', "the sender's id of the event")
    .description('one event with its data and what it started')
    .option('--json', 'one JSON value on stdout')
    .addHelpText(
      'after',
      '\nShows personal data. Times are UTC. Example:\n  sluice events show msg_2Lh9KRb0pz',
    )
    .action(async (id: string, { json }: { readonly json?: true }) => {
      const event = await withDatabase(loadSettings(), ({ orm }) => findEvent(orm, id));
      if (event === undefined)
        throw new UsageError(`there is no event "${visibleText(id)}"`, 'sluice events list shows them.');
      const { runs, data, ...row } = event;
      if (json === true) return printJson({ ...row, data: JSON.parse(data) as unknown, runs });
      print(
        [
          `${event.type} of ${visibleText(event.resource)}, contact ${event.contactId ?? 'unknown'}`,
          `happened ${visibleTime(event.occurredAt)}, received ${visibleTime(event.receivedAt)}`,
          event.dispatchedAt === null
            ? `${event.state}, tried ${event.attempts} times`
            : `dispatched ${visibleTime(event.dispatchedAt)}`,
          `data ${visibleText(data, { most: 2_000 })}`,
          ...runs.map(
            ({ trigger, workflowId, outcome }) =>
              `${trigger}: ${outcome}${workflowId === '' ? '' : ` ${workflowId}`}`,
          ),
          ...(runs.length === 0 ? ['no trigger fits'] : []),
        ].join('\n'),
      );
    });
}
