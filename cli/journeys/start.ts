import { WorkflowExecutionAlreadyStartedError } from '@temporalio/client';
import { Command } from 'commander';
import { loadSettings } from '../../config.ts';
import { type Entered, enterJourney, journeyInput } from '../../db/journeys.ts';
import { SluiceError } from '../../domain/errors.ts';
import { findJourney } from '../../domain/journeys/catalogue.ts';
import type { Timing } from '../../domain/journeys/run.ts';
import { brevoTaskQueue, mailTaskQueue } from '../../workers/task-queues.ts';
import type { journey } from '../../workflows/journey.ts';
import { withDatabase, withTemporal } from '../context.ts';
import { print, printJson } from '../output.ts';
import { contactOf } from './find.ts';

const REASONS: Readonly<Record<NonNullable<Entered['reason']>, string>> = {
  known: 'they entered by this before, and that run is over',
  under_way: 'a run of theirs is under way',
  re_entry_never: 'they have been in it, and it is for once in a lifetime',
  re_entry_too_soon: 'they have been in it not long ago',
  contact_erased: 'the person has been erased',
  contact_missing: 'there is no such contact',
};

export function startCommand(): Command {
  return new Command('start')
    .argument('<id>', 'new-lead-handler, …')
    .description('let a person enter a journey now, by its rules of re-entry')
    .requiredOption('--contact <email>', 'who')
    .option(
      '--quick',
      'seconds for hours, and mail at any time of the day: to try it out with an address of yours',
    )
    .option('--json', 'one JSON value on stdout')
    .addHelpText(
      'after',
      '\nExample:\n  sluice journeys start nurture-on-assessment --contact me@example.com --quick',
    )
    .action(start);
}

async function start(
  id: string,
  { contact, quick, json }: { readonly contact: string; readonly quick?: true; readonly json?: true },
): Promise<void> {
  const definition = findJourney(id);
  const settings = loadSettings();
  const timing: Timing = quick === true ? 'test' : 'real';
  const { taskQueue } = settings.temporal;
  const entered = await withDatabase(settings, async (database) => {
    const now = new Date();
    const contactId = await contactOf(database.orm, contact);
    const found = await enterJourney(database, { definition, contactId, eventId: null, anchorAt: now, now });
    if (found.reason !== undefined) {
      throw new SluiceError(`not started: ${REASONS[found.reason]}`, { code: found.reason });
    }
    const input = await journeyInput(database.orm, {
      runId: found.runId,
      mailTaskQueue: mailTaskQueue(taskQueue),
      brevoTaskQueue: brevoTaskQueue(taskQueue),
      timing,
    });
    await withTemporal(settings, async (client) => {
      try {
        await client.workflow.start<typeof journey>('journey', {
          taskQueue,
          workflowId: found.workflowId,
          args: [input],
          workflowIdReusePolicy: 'REJECT_DUPLICATE',
          staticSummary: `Journey ${id}, contact ${contactId}`,
        });
      } catch (error) {
        if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
      }
    });
    return found;
  });
  if (json === true) printJson({ run: entered.runId, workflowId: entered.workflowId, timing });
  else print(`run ${entered.runId} of ${id} began: ${entered.workflowId}`);
}
