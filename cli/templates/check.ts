import { resolve } from 'node:path';
import { Command } from 'commander';
import { problemLine } from '../../mail/problem.ts';
import { checkTemplates } from '../../mail/templates.ts';
import { print, printJson } from '../output.ts';
import { visibleText } from '../visible-text.ts';
import { templatesFolder } from './folder.ts';

const LONGEST = 600;

export function checkCommand(): Command {
  return new Command('check')
    .description('everything that is wrong with the templates of a folder, at once')
    .argument('[folder]', 'default: that of MAIL_TEMPLATES, or the one that comes with Sluice')
    .option('--json', 'one JSON value on stdout')
    .addHelpText(
      'after',
      `
The worker loads a folder only if it has no problem; warnings do not keep it from that.
Exit code 0: no problem; 1: some.

Example:
  sluice templates check ./templates`,
    )
    .action((given: string | undefined, { json }: { readonly json?: true }) => {
      const folder = given === undefined ? templatesFolder() : resolve(given);
      const { templates, problems, warnings } = checkTemplates(folder);
      if (json === true) {
        printJson({ folder, usable: templates.map(({ name }) => name), problems, warnings });
      } else {
        const found = problems.length === 1 ? '1 problem' : `${problems.length} problems`;
        const templateCount = templates.length === 1 ? '1 template' : `${templates.length} templates`;
        print(
          [
            ...problems.map((problem) => visibleText(problemLine(problem), { most: LONGEST })),
            ...warnings.map((warning) => `warning: ${visibleText(warning, { most: LONGEST })}`),
            problems.length > 0 ? `${found} in ${folder}` : `${templateCount} in ${folder}: all right`,
          ].join('\n'),
        );
      }
      if (problems.length > 0) process.exitCode = 1;
    });
}
