import { Command } from 'commander';
import { deleteReport } from '../../db/report-definitions.ts';
import { UsageError } from '../../domain/errors.ts';
import { confirm, isInteractive } from '../confirm.ts';
import { print, printJson } from '../output.ts';
import { reportNamed, withReports } from './context.ts';
import { bringInLine } from './store.ts';

export function deleteCommand(): Command {
  return new Command('delete')
    .argument('<id>', 'weekly-sales, …')
    .description('delete a report and its schedule; its versions, runs and mails stay as history')
    .option('--yes', 'do not ask')
    .option('--json', 'one JSON value on stdout')
    .addHelpText(
      'after',
      '\nA report of the same id that is added later goes on with its versions.\n\nExample:\n  sluice report delete weekly-sales',
    )
    .action(async (id: string, { yes, json }: { readonly yes?: true; readonly json?: true }) => {
      await withReports(async (context) => {
        await reportNamed(context, id);
        if (yes !== true) await ask(id);
        await deleteReport(context.database, { id, now: context.now });
        await bringInLine(context, id);
      });
      if (json === true) printJson({ id, outcome: 'deleted' });
      else print(`deleted ${id}; its history is kept`);
    });
}

async function ask(id: string): Promise<void> {
  if (isInteractive() && (await confirm(`Delete ${id}?`))) return;
  throw new UsageError(`${id} was not deleted`, 'Say --yes to delete it without a question.');
}
