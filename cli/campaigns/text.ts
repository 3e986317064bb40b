import type { Survey } from '../../activities/campaign-survey.ts';
import type { CampaignDefinition } from '../../domain/campaigns/definition.ts';

export function sendText({ send, window }: Pick<CampaignDefinition, 'send' | 'window'>): string {
  const at =
    send === 'now'
      ? 'at once'
      : `${send.at} ${send.zone === 'recipient' ? 'where each person is' : send.zone}`;
  return window === undefined ? at : `${at}, from ${window.from} to ${window.to} of their day`;
}

export function rateText({ rate }: Pick<CampaignDefinition, 'rate'>): string {
  return rate === undefined ? 'as the account allows' : `${rate.most} a ${rate.per}`;
}

/** What a campaign would do, as a block of lines. */
export function surveyText(survey: Survey, definition: CampaignDefinition): string {
  const { people, mails, leftOut, arms, due } = survey;
  return [
    `${definition.id}: ${mails} of ${people} people would get a mail`,
    ...lines(Object.entries(arms).map(([arm, number]) => [`arm ${arm}`, number])),
    ...(due.length === 0 ? [] : ['', `due (rate: ${rateText(definition)}):`]),
    ...lines(
      due.map(({ at, zones, mails: number }) => [`${at.replace('.000Z', 'Z')}${zonesText(zones)}`, number]),
    ),
    ...(mails === people ? [] : ['', `left out: ${people - mails}`]),
    ...lines(Object.entries(leftOut).toSorted(([, a], [, b]) => b - a)),
  ].join('\n');
}

function lines(of: readonly (readonly [what: string, number: number])[]): readonly string[] {
  return of.map(([what, number]) => `  ${String(number).padStart(9)}  ${what}`);
}

const ZONES_SHOWN = 3;

function zonesText(zones: readonly string[]): string {
  if (zones.length === 0) return '';
  const more = zones.length > ZONES_SHOWN ? ` and ${zones.length - ZONES_SHOWN} more` : '';
  return `  ${zones.slice(0, ZONES_SHOWN).join(', ')}${more}`;
}
