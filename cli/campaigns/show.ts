import { Command } from 'commander';
import { loadSettings } from '../../config.ts';
import { pageTotals } from '../../db/campaign-pages.ts';
import { dueTimesOfRun, ledgerOfRun, responsesOfRun } from '../../db/campaign-report.ts';
import { definitionOfRun } from '../../db/campaign-runs.ts';
import { audienceText } from '../../domain/campaigns/audience.ts';
import { findCampaign } from '../../domain/campaigns/catalogue.ts';
import { type CampaignDefinition, campaignHash, experimentOf } from '../../domain/campaigns/definition.ts';
import { withDatabase } from '../context.ts';
import { print, printJson } from '../output.ts';
import { visibleTime } from '../visible-text.ts';
import { campaignRunOf, isRunNumber } from './find.ts';
import { rateText, sendText } from './text.ts';

export function showCommand(): Command {
  return new Command('show')
    .argument('<run>', 'its number, from sluice campaigns list; or a campaign, autumn-workshop, …')
    .description('how far a run is, by the ledger of its mails; or what a campaign says')
    .option('--json', 'one JSON value on stdout')
    .addHelpText('after', '\nTimes are UTC. Example:\n  sluice campaigns show 7')
    .action((word: string, { json }: { readonly json?: true }) =>
      isRunNumber(word) ? showRun(word, json) : showCampaign(word, json),
    );
}

async function showCampaign(id: string, json: true | undefined): Promise<void> {
  const { loadCampaigns } = await import('../../workers/campaign-catalogue.ts');
  const definition = findCampaign(id, await loadCampaigns(loadSettings()));
  if (json === true) printJson({ hash: campaignHash(definition), definition });
  else print(definitionText(definition));
}

function definitionText(definition: CampaignDefinition): string {
  const { id, about, template, audience, cap, fresh, arms, uncertain } = definition;
  return [
    `${id} (${campaignHash(definition).slice(0, 12)})${about === undefined ? '' : `: ${about}`}`,
    '',
    `mail:       ${template}`,
    `audience:   ${audienceText(audience)}`,
    `when:       ${sendText(definition)}; left out when more than ${fresh} late`,
    `rate:       ${rateText(definition)}`,
    `cap:        ${cap === undefined ? 'none of its own' : `${cap.most} marketing mails in ${cap.inHours} h`}`,
    `arms:       ${
      arms === undefined
        ? 'none'
        : Object.entries(arms)
            .map(([arm, { weight }]) => `${arm} ${weight} %`)
            .join(', ')
    }`,
    `uncertain:  ${uncertain}`,
  ].join('\n');
}

async function showRun(word: string, json: true | undefined): Promise<void> {
  const found = await withDatabase(loadSettings(), async ({ orm }) => {
    const { waves: _, ...run } = await campaignRunOf(orm, word);
    const definition = await definitionOfRun(orm, run);
    const [ledger, responses, due, totals] = await Promise.all([
      ledgerOfRun(orm, run.id),
      responsesOfRun(orm, { runId: run.id, experiment: experimentOf(run.campaign) }),
      dueTimesOfRun(orm, run.id),
      pageTotals(orm, run.id),
    ]);
    return { run, definition, ledger, responses, due, pages: totals.pages, openPages: totals.openPages };
  });
  if (json === true) printJson(found);
  else print(runText(found));
}

type Shown = Parameters<typeof runText>[0];

function runText({
  run,
  definition,
  ledger,
  responses,
  due,
  pages,
  openPages,
}: {
  readonly run: Omit<Awaited<ReturnType<typeof campaignRunOf>>, 'waves'>;
  readonly definition: CampaignDefinition;
  readonly ledger: Awaited<ReturnType<typeof ledgerOfRun>>;
  readonly responses: Awaited<ReturnType<typeof responsesOfRun>>;
  readonly due: Awaited<ReturnType<typeof dueTimesOfRun>>;
  readonly pages: number;
  readonly openPages: number;
}): string {
  const all = ledger.reduce((sum, { mails }) => sum + mails, 0);
  const [first, last] = [due[0]?.dueAt, due.at(-1)?.dueAt];
  return [
    `run ${run.id} of ${run.campaign}: ${run.state}${run.reason === null ? '' : ` (${run.reason})`}`,
    '',
    `name:       ${run.name}, by ${run.startedBy}`,
    `began:      ${visibleTime(run.startedAt)}${run.endedAt === null ? '' : `, ended ${visibleTime(run.endedAt)}`}`,
    `audience:   ${audienceText(definition.audience)}`,
    `written:    ${all} people in ${pages} pages${run.frozenAt === null ? ', not all of them yet' : `, ${openPages} open`}`,
    `due:        ${first === undefined || last === undefined ? 'nothing' : `${visibleTime(first)} to ${visibleTime(last)}`}, ${rateText(definition)}`,
    `workflow:   ${run.workflowId}`,
    '',
    ...ledgerLines(ledger, all),
    ...responseLines(responses),
  ].join('\n');
}

const BAR = 24;

function ledgerLines(ledger: Shown['ledger'], all: number): readonly string[] {
  return ledger.map(({ state, reason, mails }) => {
    const bar = '█'.repeat(Math.max(1, Math.round((BAR * mails) / all))).padEnd(BAR);
    const share = `${((100 * mails) / all).toFixed(1)} %`.padStart(7);
    return `${state.padEnd(10)} ${String(mails).padStart(9)} ${share}  ${bar} ${reason ?? ''}`.trimEnd();
  });
}

function responseLines(responses: Shown['responses']): readonly string[] {
  if (responses.length === 0) return [];
  const columns = ['accepted', 'delivered', 'opened', 'clicked', 'bounced', 'unsubscribed'] as const;
  return [
    '',
    `${''.padEnd(14)}${columns.map((column) => column.padStart(13)).join('')}`,
    ...responses.map(
      (row) =>
        `${(row.arm === null ? 'all' : `arm ${row.arm}`).padEnd(14)}${columns.map((column) => String(row[column]).padStart(13)).join('')}`,
    ),
  ];
}
