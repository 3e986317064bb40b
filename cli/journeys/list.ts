import Table from 'cli-table3';
import { Command } from 'commander';
import { loadSettings } from '../../config.ts';
import { countRuns } from '../../db/journey-runs.ts';
import { journeys } from '../../domain/journeys/catalogue.ts';
import { stepsOf } from '../../domain/journeys/definition.ts';
import { definitionHash } from '../../domain/journeys/hash.ts';
import { JOURNEY_STATES } from '../../domain/journeys/run.ts';
import { withDatabase } from '../context.ts';
import { print, printJson } from '../output.ts';

export function listCommand(): Command {
  return new Command('list')
    .description('every journey: version, mails, goal, how many people are where')
    .option('--json', 'one JSON value on stdout')
    .addHelpText('after', '\nExample:\n  sluice journeys list')
    .action(list);
}

async function list({ json }: { readonly json?: true }): Promise<void> {
  const counts = await withDatabase(loadSettings(), ({ orm }) => countRuns(orm));
  const rows = journeys.map((journey) => {
    const ofState = (state: string) =>
      counts.find((one) => one.journey === journey.id && one.state === state)?.runs ?? 0;
    return {
      id: journey.id,
      version: journey.version,
      hash: definitionHash(journey),
      mails: stepsOf(journey).filter(({ kind }) => kind === 'send').length,
      goal: journey.goal,
      runs: Object.fromEntries(JOURNEY_STATES.map((state) => [state, ofState(state)])),
    };
  });
  if (json === true) return printJson({ journeys: rows });
  const table = new Table({
    head: ['journey', 'version', 'mails', 'goal', ...JOURNEY_STATES],
    style: { head: [], border: [] },
  });
  for (const { id, version, mails, goal, runs } of rows) {
    table.push([id, version, mails, goal ?? '–', ...JOURNEY_STATES.map((state) => runs[state] ?? 0)]);
  }
  print(table.toString());
}
