import { Command } from 'commander';
import { reportVersionsOf } from '../../db/report-definitions.ts';
import { print, printJson } from '../output.ts';
import { reportNamed, withReports } from './context.ts';
import { describeLook, reportJson } from './report-text.ts';
import { lookAtReports } from './state.ts';

export function showCommand(): Command {
  return new Command('show')
    .argument('<id>', 'weekly-sales, …')
    .description('everything about one report')
    .option('--json', 'one JSON value on stdout')
    .addHelpText('after', '\nExample:\n  sluice report show weekly-sales')
    .action(async (id: string, { json }: { readonly json?: true }) => {
      const { look, versions } = await withReports(async (context) => {
        const report = await reportNamed(context, id);
        const [look] = await lookAtReports(context, [report]);
        if (look === undefined) throw new Error(`nothing was seen of ${id}`);
        return { look, versions: (await reportVersionsOf(context.database.orm, id)).length };
      });
      if (json === true) {
        const { definition, createdAt, updatedAt } = look.report;
        return printJson({
          ...(reportJson(look) as object),
          createdAt,
          updatedAt,
          versions,
          next: look.next,
          definition,
        });
      }
      print(describeLook(look, { versions }));
    });
}
