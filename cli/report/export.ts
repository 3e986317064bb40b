import { Command } from 'commander';
import { listReports } from '../../db/report-definitions.ts';
import { print, printJson } from '../output.ts';
import { reportNamed, withReports } from './context.ts';
import { reportYaml } from './definition-file.ts';
import { rawOf } from './update.ts';

export function exportCommand(): Command {
  return new Command('export')
    .argument('[id]', 'weekly-sales, … (default: all)')
    .description(
      'reports as YAML, as import and update -f take them; connections by name, so without secrets',
    )
    .option('--json', 'the same as one JSON value')
    .addHelpText('after', '\nExample:\n  sluice report export > reports.yaml')
    .action(async (id: string | undefined, { json }: { readonly json?: true }) => {
      const reports = await withReports(async (context) =>
        id === undefined ? listReports(context.database.orm) : [await reportNamed(context, id)],
      );
      if (json === true) return printJson({ reports: reports.map(rawOf) });
      print(reports.map(({ definition, isActive }) => reportYaml(definition, { isActive })).join('---\n'));
    });
}
