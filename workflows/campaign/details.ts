import type { CampaignView } from './messages.ts';

/** What the Web UI shows of a run of `campaign`, Markdown. */
export function describeCampaign(
  { runId, state, reason, isFrozen, totals, busy, nextAt }: CampaignView,
  campaign: string,
): string {
  const title = `Campaign **${campaign}**, run ${runId ?? '–'}: **${state}**${reason === undefined ? '' : ` (${reason})`}`;
  if (totals === undefined) return title;
  const { people, mails, accepted, rejected, withheld, uncertain, pages, openPages } = totals;
  const open = people - accepted - rejected - withheld - uncertain;
  return [
    title,
    '',
    isFrozen ? `${people} people, ${mails} mails.` : `Writing the audience down: ${people} people so far.`,
    '',
    '| accepted | rejected | withheld | uncertain | open |',
    '|---:|---:|---:|---:|---:|',
    `| ${accepted} | ${rejected} | ${withheld} | ${uncertain} | ${open} |`,
    '',
    `Pages: ${openPages} of ${pages} open, ${busy} being sent.${nextAt === undefined ? '' : ` Goes on at ${nextAt}.`}`,
  ].join('\n');
}
