import { pathToFileURL } from 'node:url';
import type { Settings } from '../config.ts';
import { campaigns as shipped } from '../domain/campaigns/catalogue.ts';
import { assertCampaigns } from '../domain/campaigns/check.ts';
import type { CampaignDefinition } from '../domain/campaigns/definition.ts';
import { messageOf, SluiceError, UsageError } from '../domain/errors.ts';
import { journeys } from '../domain/journeys/catalogue.ts';
import { frameVariables, type Template } from '../mail/template.ts';
import { checkValues } from '../mail/values.ts';
import { mailTemplates } from './mail-deps.ts';

/**
 * The campaigns of CAMPAIGN_CATALOGUE, or those that come with Sluice: each export is a campaign or an array of them. All of
 * it is checked, against the templates too.
 * @returns sorted by id.
 * @throws UsageError for a module that cannot be loaded; SluiceError `campaign_invalid` that names every problem, or
 *   `templates_invalid`
 */
export async function loadCampaigns(settings: Settings): Promise<readonly CampaignDefinition[]> {
  const found =
    settings.campaignCatalogue === undefined ? shipped : await importCampaigns(settings.campaignCatalogue);
  const templates = mailTemplates(settings);
  assertCampaigns(found, {
    journeys: new Set(journeys.map(({ id }) => id)),
    templateProblem: (name, params) => {
      const template = templates.all.find((one) => one.name === name);
      return template === undefined
        ? `there is no template ${name}`
        : templateProblem(template, { ...settings.mail.variables, ...params });
    },
  });
  return found.toSorted((a, b) => (a.id < b.id ? -1 : 1));
}

async function importCampaigns(file: string): Promise<readonly CampaignDefinition[]> {
  let exports: Record<string, unknown>;
  try {
    exports = (await import(pathToFileURL(file).href)) as Record<string, unknown>;
  } catch (cause) {
    throw new UsageError(
      `the campaign catalogue ${file} cannot be loaded: ${messageOf(cause)}`,
      'CAMPAIGN_CATALOGUE names a module (.ts, .mjs) whose exports are campaigns.',
    );
  }
  return Object.entries(exports).flatMap(([name, value]) => {
    const items: readonly unknown[] = Array.isArray(value) ? value : [value];
    if (items.every(isCampaign)) return items;
    throw new UsageError(
      `the campaign catalogue ${file}: export ${name} holds no campaign`,
      'defineCampaign(…) of domain/campaigns/definition.ts makes one.',
    );
  });
}

function isCampaign(value: unknown): value is CampaignDefinition {
  return typeof value === 'object' && value !== null && 'kind' in value && value.kind === 'campaign';
}

/** Why a mail of this template cannot be made with these variables, as far as that can be told without the person. */
function templateProblem(template: Template, params: Readonly<Record<string, unknown>>): string | undefined {
  const { name, scope, variables } = template;
  if (scope !== 'marketing') return `template ${name} has the scope ${scope}; campaigns are marketing`;
  const own = variables.filter(({ from }) => from === 'params');
  const framed = new Set(frameVariables(scope).map((one) => one.name));
  try {
    checkValues({ template: name, variables: own.filter((one) => !framed.has(one.name)), given: params });
    return undefined;
  } catch (error) {
    if (error instanceof SluiceError && error.sort === 'item') return error.message;
    throw error;
  }
}
