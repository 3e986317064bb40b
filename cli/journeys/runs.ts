import Table from 'cli-table3';
import { Command } from 'commander';
import { loadSettings } from '../../config.ts';
import { type JourneyRun, listRuns } from '../../db/journey-runs.ts';
import { UsageError } from '../../domain/errors.ts';
import { JOURNEY_STATES, type JourneyState } from '../../domain/journeys/run.ts';
import { withDatabase } from '../context.ts';
import { print, printJson } from '../output.ts';
import { parseNumber } from '../quarantine-options.ts';
import { visibleText, visibleTime } from '../visible-text.ts';
import { contactOf } from './find.ts';

const SHOWN = 50;

interface Options {
  readonly state?: string;
  readonly contact?: string;
  readonly limit: string;
  readonly json?: true;
}

export function runsCommand(): Command {
  return new Command('runs')
    .argument('[id]', 'only those of this journey')
    .description('who is where, latest first; people by their number')
    .option('--state <state>', `one of ${JOURNEY_STATES.join(', ')}`)
    .option('--contact <email>', 'only those of this person')
    .option('--limit <number>', 'runs at most', String(SHOWN))
    .option('--json', 'one JSON value on stdout')
    .addHelpText(
      'after',
      '\nTimes are UTC. Example:\n  sluice journeys runs nurture-on-assessment --state running',
    )
    .action(runs);
}

async function runs(journey: string | undefined, options: Options): Promise<void> {
  const { state, contact } = options;
  if (state !== undefined && !isState(state)) {
    throw new UsageError(
      `--state "${visibleText(state)}" is not known`,
      `One of ${JOURNEY_STATES.join(', ')}.`,
    );
  }
  const limit = parseNumber({ option: '--limit', value: options.limit });
  const found = await withDatabase(loadSettings(), async ({ orm }) =>
    listRuns(orm, {
      journey,
      states: state === undefined ? undefined : [state],
      contactId: contact === undefined ? undefined : await contactOf(orm, contact),
      limit,
    }),
  );
  if (options.json === true) printJson({ runs: found });
  else print(found.length === 0 ? 'no runs' : tableOf(found));
}

function isState(word: string): word is JourneyState {
  return (JOURNEY_STATES as readonly string[]).includes(word);
}

function tableOf(found: readonly JourneyRun[]): string {
  const table = new Table({
    head: ['run', 'journey', 'contact', 'state', 'step', 'due', 'why', 'mails', 'began', 'goal'],
    style: { head: [], border: [] },
    chars: { mid: '', 'left-mid': '', 'mid-mid': '', 'right-mid': '' },
  });
  for (const run of found) {
    table.push([
      run.id,
      run.journey,
      run.contactId,
      run.state,
      run.step ?? '–',
      run.dueAt === null ? '–' : visibleTime(run.dueAt),
      run.reason ?? '–',
      run.mailsSent,
      visibleTime(run.anchorAt),
      run.goalAt === null ? '–' : visibleTime(run.goalAt),
    ]);
  }
  return table.toString();
}
