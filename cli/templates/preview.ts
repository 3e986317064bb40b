import { Command } from 'commander';
import { loadSettings } from '../../config.ts';
import { SluiceError, UsageError } from '../../domain/errors.ts';
import { brevoParams, render } from '../../mail/render.ts';
import { sampleValues } from '../../mail/samples.ts';
import { frameVariables, type Template, type VariableValue } from '../../mail/template.ts';
import { loadTemplates } from '../../mail/templates.ts';
import { checkValue, TYPE_WORDS } from '../../mail/values.ts';
import { print, printJson, remark } from '../output.ts';
import { writeOutput } from '../output-file.ts';
import { templatesFolder } from './folder.ts';

interface Options {
  readonly set: Readonly<Record<string, string>>;
  readonly out?: string;
  readonly text?: true;
  readonly json?: true;
}

export function previewCommand(): Command {
  return new Command('preview')
    .description('the mail of a template as it would go out, made of samples; sends nothing')
    .argument('<name>', 'template, like nurture-3')
    .option(
      '--set <name=value>',
      'a value in place of the sample; empty: absent; may be repeated',
      collect,
      {},
    )
    .option('--out <file>', 'write the HTML (with --text the text) there')
    .option('--text', 'subject, preheader and text part instead of the HTML')
    .option('--json', 'one JSON value on stdout')
    .addHelpText(
      'after',
      `
Examples:
  sluice templates preview nurture-3 --text
  sluice templates preview nurture-2-critical --set first_name=Ann --set red=2 --set score= --out mail.html`,
    )
    .action((name: string, { set, out, text, json }: Options) => {
      const template = loadTemplates(templatesFolder()).get(name);
      const values = previewValues(template, set);
      if (template.source === 'brevo') {
        if (json !== true) throw notOurs(template.brevoId);
        printJson({ name, version: template.version, ...brevoParams(template, values) });
        return;
      }
      const mail = render(template, values);
      const shown = text === true ? `${mail.subject}\n${mail.preheader}\n\n${mail.text}` : mail.html;
      if (out !== undefined)
        remark(`written: ${writeOutput({ option: '--out', file: out, content: shown })}`);
      if (json === true) printJson({ name, version: template.version, ...mail });
      else if (out === undefined) print(shown);
    });
}

function previewValues(
  template: Template,
  set: Readonly<Record<string, string>>,
): Record<string, VariableValue> {
  const variables = [...template.variables, ...frameVariables(template.scope)];
  const values: Record<string, VariableValue> = { ...sampleValues(variables) };
  const { postalAddress } = loadSettings().mail;
  if (postalAddress !== undefined) values.postal_address = postalAddress;
  for (const [name, text] of Object.entries(set)) {
    const variable = variables.find((one) => one.name === name);
    if (variable === undefined) {
      const known = variables.map((one) => one.name).join(', ');
      throw new UsageError(`--set: ${template.name} has no variable "${name}"`, `It has ${known}.`);
    }
    if (text === '') {
      delete values[name];
      continue;
    }
    const value = checkValue(variable.type, typed(variable.type, text));
    if (value === undefined) throw new UsageError(`--set: ${name} must be ${TYPE_WORDS[variable.type]}`);
    values[name] = value;
  }
  return values;
}

function typed(type: string, text: string): unknown {
  if (type === 'number' || type === 'integer') return Number(text);
  if (type === 'boolean') return text === 'true' ? true : text === 'false' ? false : undefined;
  if (type === 'list') return parsedList(text);
  return text;
}

function collect(pair: string, so: Readonly<Record<string, string>>): Record<string, string> {
  const at = pair.indexOf('=');
  if (at < 1) throw new UsageError(`--set "${pair}" must be name=value`, 'Like --set first_name=Ann');
  return { ...so, [pair.slice(0, at)]: pair.slice(at + 1) };
}

function notOurs(brevoId: number): SluiceError {
  return new SluiceError(`Brevo makes this mail, from its template ${brevoId}`, {
    code: 'template_at_brevo',
    hint: 'See it there; with --json this command shows the parameters that it would get.',
  });
}

/** JSON; undefined where it is none. */
function parsedList(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
