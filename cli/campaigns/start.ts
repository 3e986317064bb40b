import { type Client, type Connection, WorkflowExecutionAlreadyStartedError } from '@temporalio/client';
import { Command } from 'commander';
import type { Survey } from '../../activities/campaign-survey.ts';
import { loadSettings, required, type Settings } from '../../config.ts';
import { findRunByKey } from '../../db/campaign-runs.ts';
import { findCampaign } from '../../domain/campaigns/catalogue.ts';
import { isLocalDateTime } from '../../domain/campaigns/check.ts';
import type { CampaignDefinition } from '../../domain/campaigns/definition.ts';
import { sendAt } from '../../domain/campaigns/due.ts';
import { campaignWorkflowId, RUN_NAME } from '../../domain/campaigns/run.ts';
import { SluiceError, UsageError } from '../../domain/errors.ts';
import { isLocalTime } from '../../domain/journeys/check-words.ts';
import type { campaign } from '../../workflows/campaign.ts';
import { confirm, isInteractive } from '../confirm.ts';
import { withDatabase, withTemporal } from '../context.ts';
import { shownAddress } from '../messages/text.ts';
import { print, printJson, remark } from '../output.ts';
import { pollersOf } from '../pollers.ts';
import { parseNumber } from '../quarantine-options.ts';
import { visibleText } from '../visible-text.ts';
import { surveyText } from './text.ts';

interface Options {
  readonly name?: string;
  readonly at?: string;
  readonly dryRun?: true;
  readonly limit?: string;
  readonly showAddresses?: true;
  readonly yes?: true;
  readonly json?: true;
}

export function startCommand(): Command {
  return new Command('start')
    .argument('<id>', 'autumn-workshop, …')
    .description('send a campaign to its audience; the same name starts one run, however often')
    .option('--name <name>', 'of the run (default: the time)')
    .option(
      '--at <time>',
      "instead of the campaign's time: 09:00, 2026-12-01T09:00, or with a Z or an offset",
    )
    .option('--dry-run', 'show whom it would reach, when, and who is left out why; nothing is written')
    .option('--limit <number>', 'with --dry-run: show so many people, too')
    .option('--show-addresses', 'whole addresses instead of a***@example.com')
    .option('--yes', 'do not ask')
    .option('--json', 'one JSON value on stdout')
    .addHelpText(
      'after',
      '\nExample:\n  sluice campaigns start autumn-workshop --dry-run\n  sluice campaigns start autumn-workshop --name october --at 2026-10-01T09:00',
    )
    .action(start);
}

async function start(id: string, options: Options): Promise<void> {
  const settings = loadSettings();
  const { loadCampaigns } = await import('../../workers/campaign-catalogue.ts');
  const declared = findCampaign(id, await loadCampaigns(settings));
  const { at } = options;
  if (at !== undefined) checkTime(at);
  const definition = at === undefined ? declared : sendAt(declared, at);
  const now = new Date();
  const name = options.name ?? now.toISOString().slice(0, 19);
  if (!RUN_NAME.test(name)) {
    throw new UsageError(
      `--name "${visibleText(name)}" is not usable`,
      'Up to 64 letters, digits and . _ : -',
    );
  }
  if (options.dryRun === true || settings.dryRun) return dryRun({ settings, definition, now, options });
  if (!(await isAgreed({ settings, definition, now, options }))) return print('nothing was started');
  const workflowId = campaignWorkflowId({ campaign: id, name });
  const run = await withDatabase(settings, ({ orm }) =>
    withTemporal(settings, async (client) => {
      const isNew = await startOnce(client, { settings, id, name, at, workflowId });
      const found = await untilThere(() => findRunByKey(orm, { campaign: id, name }), client, settings);
      return { run: found?.id, campaign: id, name, workflowId, isNew };
    }),
  );
  if (options.json === true) return printJson(run);
  const number = run.run === undefined ? '' : ` ${run.run}`;
  print(
    run.isNew
      ? `run${number} of ${id} began: ${workflowId}`
      : `run${number} of ${id} is there already: ${workflowId}`,
  );
  if (run.run !== undefined) remark(`sluice campaigns show ${run.run} tells how far it is`);
}

function checkTime(at: string): void {
  const isInstant = /(Z|[+-]\d{2}:?\d{2})$/i.test(at) && !Number.isNaN(Date.parse(at));
  if (isInstant || isLocalTime(at) || isLocalDateTime(at)) return;
  throw new UsageError(
    `--at "${visibleText(at)}" is no time`,
    "Like 09:00, 2026-12-01T09:00 (of the campaign's zone) or 2026-12-01T09:00:00+01:00.",
  );
}

interface Asked {
  readonly settings: Settings;
  readonly definition: CampaignDefinition;
  readonly now: Date;
  readonly options: Options;
}

async function dryRun(asked: Asked): Promise<void> {
  const { definition, options } = asked;
  const limit = options.limit === undefined ? 0 : parseNumber({ option: '--limit', value: options.limit });
  const { survey, people } = await look(asked, limit);
  if (options.json === true)
    return printJson({ campaign: definition.id, dryRun: true, ...survey, recipients: people });
  print(surveyText(survey, definition));
  if (people.length > 0) print(['', ...people.map(personText)].join('\n'));
}

async function isAgreed(asked: Asked): Promise<boolean> {
  const { options, definition } = asked;
  if (options.yes === true) return true;
  if (!isInteractive()) {
    throw new UsageError(
      'a campaign goes to many people: nobody is there to be asked',
      'Say --yes, or look first with --dry-run.',
    );
  }
  const { survey } = await look(asked, 0);
  print(surveyText(survey, definition));
  return confirm(`\nSend ${survey.mails} mails?`);
}

interface Person {
  readonly contact: number;
  readonly email: string;
  readonly dueAt: string;
  readonly arm: string | undefined;
  readonly leftOut: string | undefined;
}

function personText({ contact, email, dueAt, arm, leftOut }: Person): string {
  const what = leftOut === undefined ? `due ${dueAt.replace('.000Z', 'Z')}` : `left out: ${leftOut}`;
  return `${String(contact).padStart(9)}  ${email}  ${what}${arm === undefined ? '' : `  arm ${arm}`}`;
}

/** The audience by the very rules of a run, read here; no address passes through Temporal. */
async function look(
  { settings, definition, now, options }: Asked,
  limit: number,
): Promise<{ readonly survey: Survey; readonly people: readonly Person[] }> {
  const [{ surveyCampaign }, { mailTemplates }, { addressHash }] = await Promise.all([
    import('../../activities/campaign-survey.ts'),
    import('../../workers/mail-deps.ts'),
    import('../../mail/keys.ts'),
  ]);
  const secret = required('SLUICE_SECRET', settings.secret);
  const people: Person[] = [];
  const survey = await withDatabase(settings, ({ orm }) =>
    surveyCampaign(orm, {
      definition,
      asOf: now,
      now,
      deps: {
        hashAddress: (email) => addressHash(secret, email),
        templates: mailTemplates(settings),
        contactTimezone: settings.contactTimezone,
      },
      onPerson: ({ id, email, dueAt, arm, leftOut }) => {
        if (people.length < limit)
          people.push({ contact: id, email: shownAddress(email, options), dueAt, arm, leftOut });
      },
    }),
  );
  return { survey, people };
}

/** @returns whether it was started by this. */
async function startOnce(
  client: Client,
  {
    settings,
    id,
    name,
    at,
    workflowId,
  }: {
    readonly settings: Settings;
    readonly id: string;
    readonly name: string;
    readonly at: string | undefined;
    readonly workflowId: string;
  },
): Promise<boolean> {
  try {
    await client.workflow.start<typeof campaign>('campaign', {
      taskQueue: settings.temporal.taskQueue,
      workflowId,
      args: [{ campaign: id, name, ...(at === undefined ? {} : { at }) }],
      workflowIdReusePolicy: 'REJECT_DUPLICATE',
      staticSummary: `Campaign ${id}: ${name}`,
    });
    return true;
  } catch (error) {
    if (error instanceof WorkflowExecutionAlreadyStartedError) return false;
    throw error;
  }
}

const LOOK_MS = 200;
const WAIT_MS = 10_000;

/** The run's row, which a worker writes; undefined where none does so soon. */
async function untilThere<T>(
  find: () => Promise<T | undefined>,
  client: Client,
  settings: Settings,
): Promise<T | undefined> {
  const { namespace, taskQueue: queue } = settings.temporal;
  const { live } = await pollersOf(client.connection as Connection, { namespace, queue, kind: 'workflows' });
  if (live === 0) {
    process.stderr.write(
      `sluice: no worker polls task queue ${queue}; it begins once one does (sluice worker)\n`,
    );
    return undefined;
  }
  for (const end = Date.now() + WAIT_MS; Date.now() < end; ) {
    const found = await find();
    if (found !== undefined) return found;
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
  throw new SluiceError('the run was started and has not begun', {
    code: 'campaign_not_begun',
    hint: 'The Temporal Web UI shows why.',
  });
}
