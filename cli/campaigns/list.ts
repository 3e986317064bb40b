import Table from 'cli-table3';
import { Command } from 'commander';
import { loadSettings } from '../../config.ts';
import { pageTotals } from '../../db/campaign-pages.ts';
import { listCampaignRuns } from '../../db/campaign-runs.ts';
import { audienceText } from '../../domain/campaigns/audience.ts';
import { withDatabase } from '../context.ts';
import { print, printJson } from '../output.ts';
import { parseNumber } from '../quarantine-options.ts';
import { visibleTime } from '../visible-text.ts';
import { rateText, sendText } from './text.ts';

const SHOWN = 20;

export function listCommand(): Command {
  return new Command('list')
    .description('every campaign, and the latest runs with their numbers')
    .option('--limit <number>', 'runs at most', String(SHOWN))
    .option('--json', 'one JSON value on stdout')
    .addHelpText('after', '\nTimes are UTC. Example:\n  sluice campaigns list')
    .action(list);
}

async function list(options: { readonly limit: string; readonly json?: true }): Promise<void> {
  const settings = loadSettings();
  const limit = parseNumber({ option: '--limit', value: options.limit });
  const { loadCampaigns } = await import('../../workers/campaign-catalogue.ts');
  const campaigns = await loadCampaigns(settings);
  const runs = await withDatabase(settings, async ({ orm }) => {
    const found = await listCampaignRuns(orm, { campaign: undefined, limit });
    return Promise.all(found.map(async (run) => ({ ...run, totals: await pageTotals(orm, run.id) })));
  });
  if (options.json === true) {
    return printJson({ campaigns, runs: runs.map((run) => ({ ...run, waves: undefined })) });
  }
  const declared = new Table({
    head: ['campaign', 'template', 'audience', 'when', 'rate'],
    style: { head: [], border: [] },
    colWidths: [null, null, 48, null, null],
    wordWrap: true,
  });
  for (const campaign of campaigns) {
    const { id, template, audience } = campaign;
    declared.push([id, template, audienceText(audience), sendText(campaign), rateText(campaign)]);
  }
  print(campaigns.length === 0 ? 'no campaigns' : declared.toString());
  if (runs.length === 0) return print('\nno runs yet');
  const table = new Table({
    head: ['run', 'campaign', 'name', 'state', 'why', 'people', 'accepted', 'withheld', 'open', 'began'],
    style: { head: [], border: [] },
    chars: { mid: '', 'left-mid': '', 'mid-mid': '', 'right-mid': '' },
  });
  for (const { id, campaign, name, state, reason, startedAt, totals } of runs) {
    const { people, accepted, rejected, withheld, uncertain } = totals;
    const open = people - accepted - rejected - withheld - uncertain;
    table.push([
      id,
      campaign,
      name,
      state,
      reason ?? '–',
      people,
      accepted,
      withheld,
      open,
      visibleTime(startedAt),
    ]);
  }
  print(`\n${table.toString()}`);
}
