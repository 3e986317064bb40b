import { Command } from 'commander';
import { UsageError } from '../../domain/errors.ts';
import { removeSchedule } from '../../schedules/remove.ts';
import { confirm, isInteractive } from '../confirm.ts';
import { print, printJson } from '../output.ts';
import { withSchedules } from './context.ts';

interface Options {
  readonly yes?: true;
  readonly json?: true;
}

export function deleteCommand(): Command {
  return new Command('delete')
    .argument('<id>', 'funnel-sync, …')
    .description('delete a schedule of ours from Temporal; runs under way go on')
    .option('--yes', 'do not ask')
    .option('--json', 'one JSON value on stdout')
    .addHelpText(
      'after',
      '\nThe next apply makes it again while the catalogue has it: take it out there first, or pause it instead. That of a report comes back while the report is active.\n\nExample:\n  sluice schedules delete funnel-sync --yes',
    )
    .action(async (id: string, { yes, json }: Options) => {
      if (yes !== true) await ask(id);
      const declaredIn = await withSchedules(async ({ client, catalogue, owner }) => {
        await removeSchedule({ client, id, owner });
        return catalogue.find((schedule) => schedule.id === id)?.declaredIn;
      });
      if (json === true) printJson({ id, outcome: 'deleted', isDeclared: declaredIn !== undefined });
      else print(`deleted ${id}${declaredIn === undefined ? '' : AGAIN[declaredIn]}`);
    });
}

const AGAIN = {
  catalogue: '; the catalogue still has it, so the next apply makes it again',
  reports: '; its report is still active, so it is made again: sluice report disable',
};

async function ask(id: string): Promise<void> {
  if (isInteractive() && (await confirm(`Delete ${id}, its pause and its list of runs?`))) return;
  throw new UsageError(`${id} was not deleted`, 'Say --yes to delete it without a question.');
}
