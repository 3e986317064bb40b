import { Command } from 'commander';
import { loadSettings } from '../../config.ts';
import { engagementsOf } from '../../db/message-list.ts';
import { withDatabase } from '../context.ts';
import { print, printJson } from '../output.ts';
import { findOrRefuse } from './find.ts';
import { describeMessage, messageJson } from './text.ts';

export function showCommand(): Command {
  return new Command('show')
    .argument('<message>', 'its number, key or UUID')
    .description('one mail: what was done, what became of it')
    .option('--show-addresses', 'the whole address instead of a***@example.com')
    .option('--json', 'one JSON value on stdout')
    .addHelpText('after', '\nTimes are UTC. Example:\n  sluice messages show 42')
    .action(show);
}

async function show(
  word: string,
  options: { readonly showAddresses?: true; readonly json?: true },
): Promise<void> {
  await withDatabase(loadSettings(), async ({ orm }) => {
    const row = await findOrRefuse(orm, word);
    const engagements = await engagementsOf(orm, row.id);
    if (options.json === true) printJson({ ...messageJson(row, options), engagements });
    else print(describeMessage(row, { ...options, engagements }));
  });
}
