import { Command } from 'commander';
import { listReports } from '../../db/report-definitions.ts';
import { print, printJson } from '../output.ts';
import { withReports } from './context.ts';
import { reportJson, reportTable } from './report-text.ts';
import { lookAtReports } from './state.ts';

export function listCommand(): Command {
  return new Command('list')
    .description('all reports: state, when they run, last and next run, runs and errors')
    .option('--json', 'one JSON value on stdout')
    .addHelpText('after', '\nExample:\n  sluice report list')
    .action(async ({ json }: { readonly json?: true }) => {
      const looks = await withReports(async (context) =>
        lookAtReports(context, await listReports(context.database.orm)),
      );
      if (json === true) return printJson({ reports: looks.map(reportJson) });
      if (looks.length === 0) return print('there are no reports; sluice report add makes one');
      print(reportTable(looks));
      if (looks.some(({ state }) => state === 'not in line')) {
        print(
          '\nWhat is not in line is brought in line within a minute by a running worker, or by sluice report sync.',
        );
      }
    });
}
