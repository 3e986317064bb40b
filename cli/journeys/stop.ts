import { type Client, WorkflowNotFoundError } from '@temporalio/client';
import { Command } from 'commander';
import { loadSettings } from '../../config.ts';
import { type JourneyRun, recordEnd } from '../../db/journey-runs.ts';
import type { Database } from '../../db/pool.ts';
import { UsageError } from '../../domain/errors.ts';
import { stopSignal } from '../../workflows/journey/messages.ts';
import { withDatabase, withTemporal } from '../context.ts';
import { print, printJson } from '../output.ts';
import { contactOf, runningRuns, runOf } from './find.ts';

export function stopCommand(): Command {
  return new Command('stop')
    .argument('[run]', 'number of a run')
    .description('end a run, or every run of a person; nothing more is sent, a mail under way finishes')
    .option('--contact <email>', 'every run of this person')
    .option('--json', 'one JSON value on stdout')
    .addHelpText('after', '\nExample:\n  sluice journeys stop --contact anna@example.com')
    .action(stop);
}

async function stop(
  word: string | undefined,
  { contact, json }: { readonly contact?: string; readonly json?: true },
): Promise<void> {
  if ((word === undefined) === (contact === undefined)) {
    throw new UsageError('name one run, or a person with --contact', 'sluice journeys runs shows the runs.');
  }
  const settings = loadSettings();
  const stopped = await withDatabase(settings, async (database) => {
    const { orm } = database;
    const runs =
      word === undefined
        ? await runningRuns(orm, await contactOf(orm, contact ?? ''))
        : [await runOf(orm, word)].filter(({ state }) => state === 'running');
    await withTemporal(settings, async (client) => {
      for (const run of runs) await stopOne({ client, database, run });
    });
    return runs;
  });
  if (json === true) return printJson({ stopped: stopped.map(({ id, journey }) => ({ run: id, journey })) });
  print(
    stopped.length === 0
      ? 'no run is under way'
      : stopped.map(({ id, journey }) => `run ${id} of ${journey} ends`).join('\n'),
  );
}

/** A run whose workflow is gone (terminated, or never started) is ended in the table alone. */
async function stopOne({
  client,
  database,
  run,
}: {
  readonly client: Client;
  readonly database: Database;
  readonly run: JourneyRun;
}): Promise<void> {
  try {
    await client.workflow.getHandle(run.workflowId).signal(stopSignal, { reason: 'operator' });
  } catch (error) {
    if (!(error instanceof WorkflowNotFoundError)) throw error;
    const end = { state: 'stopped', reason: 'operator' } as const;
    await recordEnd(database.orm, { runId: run.id, end, mailsSent: run.mailsSent, at: new Date() });
  }
}
