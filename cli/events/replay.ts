import { Command } from 'commander';
import { loadSettings } from '../../config.ts';
import { chunks } from '../../db/chunks.ts';
import { eventIdsOf, reopenEvents } from '../../db/events.ts';
import { UsageError } from '../../domain/errors.ts';
import { withDatabase } from '../context.ts';
import { print, printJson } from '../output.ts';
import { parseSince, parseState } from './options.ts';

interface ReplayOptions {
  readonly type?: string;
  readonly since?: string;
  readonly state?: string;
  readonly json?: true;
}

export function replayCommand(): Command {
  return new Command('replay')
    .argument('[ids...]', "the senders' ids of events")
    .description('dispatch events again; what they started is known by its id and starts no second time')
    .option('--type <type>', 'those of this type')
    .option('--since <time>', 'those received since then: an instant, or 90m, 24h, 7d ago')
    .option('--state <state>', 'those that are accepted, or dispatched')
    .option('--json', 'one JSON value on stdout')
    .addHelpText(
      'after',
      '\nA gateway takes them up within a second, the relay of a worker within two minutes.\n\nExamples:\n  sluice events replay msg_2Lh9KRb0pz\n  sluice events replay --state accepted\n  sluice events replay --type lead.opted_in --since 24h',
    )
    .action(async (ids: readonly string[], { type, since, state, json }: ReplayOptions) => {
      const filter = { type, since: parseSince(since, new Date()), state: parseState(state) };
      const isFiltered = Object.values(filter).some((value) => value !== undefined);
      if (ids.length === 0 && !isFiltered)
        throw new UsageError(
          'nothing is named to be replayed',
          'Name ids, or use --state, --type or --since.',
        );
      if (ids.length > 0 && isFiltered)
        throw new UsageError('ids and a filter are named', 'Name ids, or use --state, --type or --since.');
      const reopened = await withDatabase(loadSettings(), async ({ orm }) => {
        const wanted = ids.length > 0 ? [...new Set(ids)] : await eventIdsOf(orm, filter);
        const parts = await Promise.all(chunks(wanted).map((part) => reopenEvents(orm, part)));
        return { wanted, found: parts.flat() };
      });
      const found = new Set(reopened.found);
      const missing = reopened.wanted.filter((id) => !found.has(id));
      if (json === true) printJson({ replayed: reopened.found.length, missing });
      else print(`${reopened.found.length} events will be dispatched again`);
      if (missing.length > 0)
        throw new UsageError(
          `there is no event ${missing.slice(0, 5).join(', ')}`,
          'sluice events list shows them.',
        );
    });
}
