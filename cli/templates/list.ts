import { Command } from 'commander';
import type { Template, TemplateVariable } from '../../mail/template.ts';
import { loadTemplates } from '../../mail/templates.ts';
import { print, printJson } from '../output.ts';
import { visibleText } from '../visible-text.ts';
import { templatesFolder } from './folder.ts';

const VERSION_SHOWN = 12;

export function listCommand(): Command {
  return new Command('list')
    .description('all templates with scope, version and variables')
    .option('--json', 'one JSON value on stdout')
    .addHelpText('after', '\nExample:\n  sluice templates list')
    .action(({ json }: { readonly json?: true }) => {
      const folder = templatesFolder();
      const { all } = loadTemplates(folder);
      if (json === true) printJson({ folder, templates: all.map(asJson) });
      else print([...all.flatMap(lines), `${all.length} in ${folder}`].join('\n'));
    });
}

function lines(template: Template): readonly string[] {
  const { name, scope, version } = template;
  const described = template.variables.map(variableWords).join(', ') || 'no variables';
  const shown = template.source === 'brevo' ? version : version.slice(0, VERSION_SHOWN);
  return [`${name}  ${scope}  ${shown}`, `  ${described}`];
}

/** `score integer?`, `first_name text = "there"`, `red integer`. */
function variableWords(variable: TemplateVariable): string {
  const { name, type, required } = variable;
  if (variable.default !== undefined)
    return `${name} ${type} = ${visibleText(JSON.stringify(variable.default))}`;
  return `${name} ${type}${required ? '' : '?'}`;
}

function asJson({ name, source, scope, version, variables }: Template): object {
  return { name, source, scope, version, variables };
}
