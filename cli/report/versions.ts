import { Command } from 'commander';
import { findReport, type ReportVersion, reportVersionsOf } from '../../db/report-definitions.ts';
import { UsageError } from '../../domain/errors.ts';
import { print, printJson } from '../output.ts';
import { visibleText, visibleTime } from '../visible-text.ts';
import { reportNamed, withReports } from './context.ts';
import { describeDifferences, differencesOf } from './differences.ts';

export function versionsCommand(): Command {
  return new Command('versions')
    .argument('<id>', 'weekly-sales, …; also of a deleted one')
    .description('every version of a report: who wrote it when, and what it changed')
    .option('--json', 'one JSON value on stdout, with the definitions')
    .addHelpText('after', '\nExample:\n  sluice report versions weekly-sales')
    .action(async (id: string, { json }: { readonly json?: true }) => {
      const versions = await withReports(async (context) => {
        if ((await findReport(context.database.orm, id)) === undefined) await reportNamed(context, id);
        return reportVersionsOf(context.database.orm, id);
      });
      if (versions.length === 0) throw new UsageError(`${id} has no versions`);
      if (json === true) return printJson({ id, versions });
      print(versions.map((version, at) => versionText(version, versions[at + 1])).join('\n'));
    });
}

function versionText(version: ReportVersion, before: ReportVersion | undefined): string {
  const title = `${version.version}  ${visibleTime(version.createdAt)}  ${visibleText(version.createdBy)}`;
  if (before === undefined) return title;
  const differences = differencesOf(before.definition, version.definition);
  return differences.length === 0 ? title : `${title}\n${describeDifferences(differences)}`;
}
