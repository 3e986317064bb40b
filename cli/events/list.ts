import Table from 'cli-table3';
import { Command } from 'commander';
import { loadSettings } from '../../config.ts';
import { listEvents } from '../../db/events.ts';
import { withDatabase } from '../context.ts';
import { print, printJson } from '../output.ts';
import { parseNumber } from '../quarantine-options.ts';
import { visibleText, visibleTime } from '../visible-text.ts';
import { parseSince, parseState } from './options.ts';

const SHOWN = 50;

interface ListOptions {
  readonly type?: string;
  readonly since?: string;
  readonly state?: string;
  readonly limit?: string;
  readonly json?: true;
}

export function listCommand(): Command {
  return new Command('list')
    .description('accepted events, newest first, without their data')
    .option('--type <type>', 'only of this type')
    .option('--since <time>', 'received since then: an instant, or 90m, 24h, 7d ago')
    .option('--state <state>', 'accepted: still to be dispatched; dispatched')
    .option('--limit <number>', `rows at most (default: ${SHOWN})`)
    .option('--json', 'one JSON value on stdout')
    .addHelpText('after', '\nTimes are UTC. Example:\n  sluice events list --state accepted')
    .action(async ({ type, since, state, limit, json }: ListOptions) => {
      const filter = { type, since: parseSince(since, new Date()), state: parseState(state) };
      const most = parseNumber({ option: '--limit', value: limit ?? String(SHOWN) });
      const events = await withDatabase(loadSettings(), ({ orm }) =>
        listEvents(orm, { ...filter, limit: most }),
      );
      if (json === true) return printJson({ events });
      if (events.length === 0) return print('no events');
      const table = new Table({
        head: ['id', 'type', 'resource', 'contact', 'happened', 'received', 'state'],
        style: { head: [], border: [] },
        chars: { mid: '', 'left-mid': '', 'mid-mid': '', 'right-mid': '' },
      });
      for (const event of events) {
        table.push([
          visibleText(event.eventId, { most: 40 }),
          event.type,
          visibleText(event.resource, { most: 30 }),
          event.contactId ?? '–',
          visibleTime(event.occurredAt),
          visibleTime(event.receivedAt),
          event.state === 'accepted' && event.retryAt !== null
            ? `accepted, tried ${event.attempts} times`
            : event.state,
        ]);
      }
      print(table.toString());
    });
}
