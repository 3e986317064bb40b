import Table from 'cli-table3';
import { Command } from 'commander';
import { loadSettings } from '../../config.ts';
import { recipientsOfRun } from '../../db/campaign-report.ts';
import { MESSAGE_STATES } from '../../domain/sending/message.ts';
import { withDatabase } from '../context.ts';
import { messageJson, parseState, shownAddress } from '../messages/text.ts';
import { print, printJson } from '../output.ts';
import { parseNumber } from '../quarantine-options.ts';
import { visibleTime } from '../visible-text.ts';
import { campaignRunOf } from './find.ts';

const SHOWN = 50;

interface Options {
  readonly state?: string;
  readonly limit: string;
  readonly showAddresses?: true;
  readonly json?: true;
}

export function recipientsCommand(): Command {
  return new Command('recipients')
    .argument('<run>', 'its number, from sluice campaigns list')
    .description('who is in a run, and what became of each mail; also who was left out, and why')
    .option('--state <state>', `only these: ${MESSAGE_STATES.join(', ')}`)
    .option('--limit <number>', 'rows at most', String(SHOWN))
    .option('--show-addresses', 'whole addresses instead of a***@example.com')
    .option('--json', 'one JSON value on stdout')
    .addHelpText('after', '\nTimes are UTC. Example:\n  sluice campaigns recipients 7 --state withheld')
    .action(recipients);
}

async function recipients(word: string, options: Options): Promise<void> {
  const state = parseState(options.state);
  const limit = parseNumber({ option: '--limit', value: options.limit });
  const rows = await withDatabase(loadSettings(), async ({ orm }) => {
    const { id: runId } = await campaignRunOf(orm, word);
    return recipientsOfRun(orm, { runId, state, after: 0, limit });
  });
  if (options.json === true) return printJson({ recipients: rows.map((row) => messageJson(row, options)) });
  if (rows.length === 0) return print('nobody');
  const table = new Table({
    head: ['message', 'contact', 'to', 'state', 'why', 'template', 'due', 'accepted'],
    style: { head: [], border: [] },
    chars: { mid: '', 'left-mid': '', 'mid-mid': '', 'right-mid': '' },
  });
  for (const row of rows) {
    table.push([
      row.id,
      row.contactId ?? '–',
      shownAddress(row.email, options),
      row.state,
      row.reason ?? '–',
      row.template,
      visibleTime(row.dueAt),
      row.acceptedAt === null ? '–' : visibleTime(row.acceptedAt),
    ]);
  }
  print(table.toString());
}
