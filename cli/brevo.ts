import { Command } from 'commander';
import { type BrevoSetup, createMissing, inspectBrevo } from '../brevo/setup.ts';
import { loadSettings, type Settings } from '../config.ts';
import { SluiceError } from '../domain/errors.ts';
import { clientFor } from './brevo-client.ts';
import { webhooksCommand } from './brevo-webhooks.ts';
import { confirm, isInteractive } from './confirm.ts';
import { print, printJson } from './output.ts';

export function brevoCommand(): Command {
  const brevo = new Command('brevo').description('what Sluice needs in the Brevo account');
  brevo
    .command('setup')
    .description('show which attributes and lists are missing, then create them')
    .option('--yes', 'create without asking')
    .option('--json', 'one JSON value on stdout')
    .addHelpText(
      'after',
      '\nExit code 3: something is missing and was not created. Example:\n  sluice brevo setup --yes',
    )
    .action(async ({ yes, json }: { yes?: true; json?: true }) => {
      const settings = loadSettings();
      const client = clientFor(settings);
      const configured = settings.brevo.lists;
      const before = await inspectBrevo(client, configured);
      if (json !== true) print(describe(before));
      const create =
        isIncomplete(before) &&
        (yes === true || (json !== true && isInteractive() && (await confirm('Create what is missing?'))));
      const after = create ? await createMissing(client, { setup: before, configured }) : before;
      if (json === true) printJson({ created: create, ...after });
      else if (create) print(`\nCreated.\n${describe(after)}${listSettings(after, settings)}`);
      const fault = faultOf(after);
      if (fault !== undefined) throw fault;
      if (isIncomplete(after)) process.exitCode = 3;
    });
  brevo.addCommand(webhooksCommand());
  return brevo;
}

function isIncomplete(setup: BrevoSetup): boolean {
  return [...setup.attributes, ...setup.lists].some(({ state }) => state === 'missing');
}

function describe(setup: BrevoSetup): string {
  const words = { present: 'is there', missing: 'MISSING' } as const;
  return [
    ...setup.attributes.map(({ name, type, state, found }) =>
      state === 'other_type'
        ? `attribute  ${name}: is ${found}, must be ${type}`
        : `attribute  ${name} (${type}): ${words[state]}`,
    ),
    ...setup.lists.map(({ funnel, name, id, state }) =>
      state === 'unknown_id'
        ? `list       ${funnel}: ${id} is no list of this account`
        : `list       ${funnel}: "${name}"${id === undefined ? '' : `, id ${id}`}: ${words[state]}`,
    ),
  ].join('\n');
}

/** Lists are made by name; what a run uses is the id in the settings. */
function listSettings(setup: BrevoSetup, settings: Settings): string {
  const lines = setup.lists.flatMap(({ funnel, id }) =>
    id === undefined || settings.brevo.lists[funnel] === id
      ? []
      : [`  BREVO_${funnel.toUpperCase()}_LIST_ID=${id}`],
  );
  return lines.length === 0 ? '' : `\n\nPut the lists into .env and restart the worker:\n${lines.join('\n')}`;
}

function faultOf(setup: BrevoSetup): SluiceError | undefined {
  const type = setup.attributes.find(({ state }) => state === 'other_type');
  if (type !== undefined) {
    return new SluiceError(
      `attribute ${type.name} is of type ${type.found}; Brevo would drop what we write into it`,
      {
        code: 'brevo_attribute_type',
        hint: `Delete or rename it in Brevo, then run sluice brevo setup again: it must be ${type.type}.`,
      },
    );
  }
  const list = setup.lists.find(({ state }) => state === 'unknown_id');
  return list === undefined
    ? undefined
    : new SluiceError(`BREVO_${list.funnel.toUpperCase()}_LIST_ID=${list.id} is no list of this account`, {
        code: 'brevo_list_missing',
        hint: 'Set it to the id of an existing list, or leave it empty and let sluice brevo setup create one.',
      });
}
