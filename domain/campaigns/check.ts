import { SluiceError } from '../errors.ts';
import { isLength, isLocalTime, weekdayProblems } from '../journeys/check-words.ts';
import { HOLDOUT } from '../journeys/steps.ts';
import { audienceProblems } from './check-audience.ts';
import type { CampaignArm, CampaignDefinition, SendTime } from './definition.ts';

const ID = /^[a-z0-9]+(-[a-z0-9]+)*$/;
const LONGEST_ID = 60;
const ARM = /^[A-Za-z][A-Za-z0-9_-]{0,63}$/;

/** What campaigns may refer to. Left out: not looked at. */
export interface CampaignSurroundings {
  readonly journeys?: ReadonlySet<string>;
  /** What is wrong with sending a template with these variables; undefined: nothing. */
  readonly templateProblem?: (
    template: string,
    params: Readonly<Record<string, unknown>>,
  ) => string | undefined;
}

/** Everything that is wrong with the campaigns, each as one line that begins with the campaign's id. */
export function checkCampaigns(
  campaigns: readonly CampaignDefinition[],
  surroundings: CampaignSurroundings = {},
): readonly string[] {
  const ids = campaigns.map(({ id }) => id);
  const manual = campaigns.filter(({ isManual }) => isManual);
  return [
    ...repeated(ids).map((id) => `${id}: two campaigns have this id`),
    ...(manual.length > 1 ? manual.map(({ id }) => `${id}: only one campaign may be isManual`) : []),
    ...campaigns.flatMap((campaign) =>
      problemsOf(campaign, surroundings).map((problem) => `${campaign.id}: ${problem}`),
    ),
  ];
}

/** @throws SluiceError `campaign_invalid` that names every problem */
export function assertCampaigns(
  campaigns: readonly CampaignDefinition[],
  surroundings: CampaignSurroundings = {},
): void {
  const problems = checkCampaigns(campaigns, surroundings);
  if (problems.length === 0) return;
  throw new SluiceError(`the campaigns are not right:\n  ${problems.join('\n  ')}`, {
    code: 'campaign_invalid',
    hint: 'Mend them where they are declared; docs/campaigns.md tells what a campaign may be.',
  });
}

function problemsOf(campaign: CampaignDefinition, surroundings: CampaignSurroundings): readonly string[] {
  const { id, audience, send, window, rate, cap, fresh, arms, uncertain } = campaign;
  return [
    ...(ID.test(id) && id.length <= LONGEST_ID
      ? []
      : [`its id must be lower case words joined by hyphens, at most ${LONGEST_ID} characters`]),
    ...audienceProblems(audience, surroundings).map((problem) => `audience: ${problem}`),
    ...sendProblems(send),
    ...(window === undefined ? [] : windowProblems(window)),
    ...(rate === undefined ||
    (Number.isFinite(rate.most) && rate.most > 0 && ['second', 'hour'].includes(rate.per))
      ? []
      : ["rate must be like { most: 20, per: 'second' }"]),
    ...(cap === undefined || (cap.most >= 1 && cap.inHours > 0)
      ? []
      : ['cap must allow at least one mail in more than no time']),
    ...(isLength(fresh) ? [] : [`fresh ${fresh} is no duration (like 24h)`]),
    ...(['hold', 'resend'].includes(uncertain) ? [] : [`uncertain ${uncertain} is neither hold nor resend`]),
    ...(arms === undefined ? [] : armProblems(arms)),
    ...templateProblems(campaign, surroundings),
  ];
}

function sendProblems(send: SendTime): readonly string[] {
  if (send === 'now') return [];
  const { at, zone } = send;
  const isAt = isLocalTime(at) || isLocalDateTime(at);
  return [
    ...(isAt ? [] : [`send at ${at} is neither like 2026-12-01T09:00 nor like 09:00`]),
    ...(zone === 'recipient' || isZone(zone)
      ? []
      : [`send zone ${zone} is neither recipient nor an IANA zone`]),
  ];
}

/** @public `YYYY-MM-DDTHH:MM`, with seconds or not, a day that there is */
export function isLocalDateTime(text: string): boolean {
  if (!/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2})?$/.test(text)) return false;
  const instant = new Date(`${text}Z`);
  return !Number.isNaN(instant.getTime()) && instant.toISOString().startsWith(text);
}

function isZone(zone: string): boolean {
  try {
    return Intl.DateTimeFormat('en', { timeZone: zone }).resolvedOptions().timeZone !== '';
  } catch {
    return false;
  }
}

function windowProblems({
  from,
  to,
  weekdays,
}: NonNullable<CampaignDefinition['window']>): readonly string[] {
  return [
    ...[from, to].filter((time) => !isLocalTime(time)).map((time) => `window: ${time} is no time like 08:00`),
    ...(from === to ? ['window: it begins and ends at the same time'] : []),
    ...weekdayProblems(weekdays).map((problem) => `window: ${problem}`),
  ];
}

function armProblems(arms: Readonly<Record<string, CampaignArm>>): readonly string[] {
  const entries = Object.entries(arms);
  const sum = entries.reduce((total, [, { weight }]) => total + weight, 0);
  return [
    ...entries.filter(([arm]) => !ARM.test(arm)).map(([arm]) => `arm ${arm} is no word`),
    ...entries
      .filter(([, { weight }]) => !(Number.isFinite(weight) && weight >= 0))
      .map(([arm]) => `arm ${arm}: its weight is no percentage`),
    ...(Math.abs(sum - 100) < 1e-9 ? [] : [`the weights of its arms are ${sum} percent together, not 100`]),
  ];
}

function templateProblems(
  { template, params, arms }: CampaignDefinition,
  { templateProblem }: CampaignSurroundings,
): readonly string[] {
  if (templateProblem === undefined) return [];
  const mails =
    arms === undefined
      ? [{ template, params }]
      : Object.entries(arms)
          .filter(([arm]) => arm !== HOLDOUT)
          .map(([, arm]) => ({ template: arm.template ?? template, params: { ...params, ...arm.params } }));
  const problems = mails.map((mail) => templateProblem(mail.template, mail.params));
  return [...new Set(problems.filter((problem) => problem !== undefined))];
}

function repeated(words: readonly string[]): readonly string[] {
  return [...new Set(words.filter((word, index) => words.indexOf(word) !== index))];
}
