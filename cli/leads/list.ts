import Table from 'cli-table3';
import { Command, Option } from 'commander';
import { loadSettings } from '../../config.ts';
import { scoringState } from '../../db/lead-scoring.ts';
import { countLeads, listLeads } from '../../db/leads.ts';
import { UsageError } from '../../domain/errors.ts';
import { type Band, bandOf } from '../../domain/lead-score.ts';
import { withDatabase } from '../context.ts';
import { print, printJson } from '../output.ts';
import { visibleText, visibleTime } from '../visible-text.ts';

interface Options {
  readonly hot?: true;
  readonly warm?: true;
  readonly limit: string;
  readonly json?: true;
}

export function listCommand(): Command {
  return new Command('list')
    .description('leads with a score, the warmest first')
    .addOption(new Option('--hot', 'only hot ones (80 and more)').conflicts('warm'))
    .option('--warm', 'only warm and hot ones (50 and more)')
    .option('--limit <number>', 'at most so many', '50')
    .option('--json', 'one JSON value on stdout')
    .addHelpText('after', '\nExample:\n  sluice leads list --hot')
    .action(list);
}

async function list({ hot, warm, limit: asked, json }: Options): Promise<void> {
  if (!/^[1-9]\d{0,5}$/.test(asked))
    throw new UsageError(`--limit "${asked}" is not a whole number from 1 to 999999`);
  const band: Band = hot === true ? 'hot' : warm === true ? 'warm' : 'cold';
  const { counts, rows, scoredAt } = await withDatabase(loadSettings(), async ({ orm }) => ({
    counts: await countLeads(orm),
    rows: await listLeads(orm, { band, limit: Number(asked) }),
    scoredAt: (await scoringState(orm)).lastDone,
  }));
  const leads = rows.map((row) => ({ ...row, band: bandOf(row.score) }));
  if (json === true) return printJson({ scoredAt: scoredAt ?? null, counts, leads });
  const table = new Table({
    head: ['score', '', 'e-mail', 'name', 'before', 'points in 24 h'],
    style: { head: [], border: [] },
  });
  for (const { score, band: is, email, name, previous, points } of leads)
    table.push([score, is, visibleText(email), visibleText(name ?? '–'), previous, points]);
  if (leads.length > 0) print(table.toString());
  const when = scoredAt === undefined ? 'nobody has been scored yet' : `as of ${visibleTime(scoredAt)}`;
  print(`${counts.hot} hot, ${counts.warm} warm, ${counts.cold} cold; ${when}`);
}
