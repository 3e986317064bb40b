import { type ExperimentReview, rangeText, shareText } from '../domain/marketing/experiments.ts';
import { flowInWords } from '../domain/marketing/look-at.ts';
import { grouped, percentText } from '../domain/marketing/numbers.ts';
import { ratesOf } from '../domain/marketing/rates.ts';
import type { CampaignReview } from '../domain/marketing/review.ts';
import type { FlowKind, FlowReview, MailFigures } from '../domain/marketing/review-figures.ts';
import { mailInWords, remarkOf, weekInWords } from './campaign-review-mail.ts';
import { REVIEW_STYLE } from './campaign-review-style.ts';
import { escapeHtml } from './escape-html.ts';
import { armsSvg, type DayLine, dayLinesSvg } from './review-charts.ts';

/**
 * The review as one HTML file: what to look at, every flow with its rates and 95 % intervals, experiments, mails, and how
 * the days went. Needs nothing from anywhere else, holds no script, follows the reader's light or dark setting, and prints.
 * The same review gives the same file, byte for byte.
 */
export function campaignReviewHtml(review: CampaignReview): string {
  const weeks = escapeHtml(weekInWords(review.week));
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="color-scheme" content="light dark">
<title>Campaign review · ${weeks}</title>
<style>${REVIEW_STYLE}</style>
</head>
<body>
<main>
<header>
<h1>Campaign review</h1>
<p>${weeks}, beside ${escapeHtml(weekInWords(review.before))}</p>
</header>
${lookAt(review)}
${trends(review)}
${flows(review, 'funnel', 'Funnels')}
${flows(review, 'journey', 'Journeys')}
${flows(review, 'campaign', 'Campaigns')}
${experiments(review.reviews)}
${mails(review)}
<footer>
<p>Days are those of ${escapeHtml(review.timezone)}, from midnight to midnight. Of the mails that were sent in a week those count as delivered, opened
or clicked of which it was known by the end of that week; shares of mails are of all sent. Converted are people who entered in a
week and reached the goal before it ended. Intervals are Wilson's, 95&nbsp;%.</p>
<p>Made by Sluice from figures that were kept when the review was first made.</p>
</footer>
</main>
</body>
</html>
`;
}

function lookAt(review: CampaignReview): string {
  const { best, worst } = review;
  const remark = remarkOf(review);
  const list = review.lookAt.map((text) => `<li>${escapeHtml(text)}</li>`).join('\n');
  const pair =
    best === undefined || worst === undefined
      ? ''
      : `<div class="grid-2" style="margin-top:16px">
<div class="card"><h3>Best mail by clicks</h3><p>${escapeHtml(mailInWords(best))}.</p></div>
<div class="card"><h3>Weakest mail by clicks</h3><p>${escapeHtml(mailInWords(worst))}.</p></div>
</div>`;
  return `<section>
<div class="card look"><h3>What to look at</h3>
${remark === '' ? '' : `<p>${escapeHtml(remark)}</p>`}${list === '' ? '' : `<ul>${list}</ul>`}</div>
${pair}
</section>`;
}

/** A drawing shrinks with its letters, so a phone gets one of its own. */
function trends({ days }: CampaignReview): string {
  const chart = (title: string, lines: readonly DayLine[]) => {
    const draw = (width: number) =>
      dayLinesSvg({ days: days.map(({ day }) => day), lines, width, height: 230 });
    const legend = lines.map(
      ({ name, color }) => `<li><i style="background:${color}"></i>${escapeHtml(name)}</li>`,
    );
    return `<div class="card"><h3>${title}</h3><ul class="legend">${legend.join('')}</ul><div class="wide">${draw(470)}</div><div class="narrow">${draw(330)}</div></div>`;
  };
  const line = (
    name: string,
    color: string,
    of: (day: CampaignReview['days'][number]['figures']) => number,
  ) => ({
    name,
    color: `var(--${color})`,
    values: days.map(({ figures }) => of(figures)),
  });
  return `<section>
<h2>Both weeks, day by day</h2>
<div class="grid-2">
${chart('Mails', [
  line('Sent', 'first', ({ mails }) => mails.sent),
  line('Opened', 'second', ({ mails }) => mails.opened),
  line('Clicked', 'third', ({ mails }) => mails.clicked),
])}
${chart('People', [
  line('New leads', 'first', ({ leads }) => leads),
  line('Opt-ins', 'second', ({ optIns }) => optIns),
  line('Funnel entries', 'third', ({ entries }) => entries.language + entries.non_language),
])}
</div>
</section>`;
}

function flows({ flows: all }: CampaignReview, kind: FlowKind, title: string): string {
  const own = all.filter((flow) => flow.kind === kind);
  if (own.length === 0) return '';
  return `<section>
<h2>${title}</h2>
<div class="grid-2">
${own.map(flowCard).join('\n')}
</div>
</section>`;
}

function flowCard(flow: FlowReview): string {
  const { kind, week, before } = flow;
  const rates = ratesOf(flow).map(
    ({ label, week: now, before: then }) =>
      `<tr><th scope="row">${label}</th><td class="now">${cell(now)}</td><td>${cell(then)}</td></tr>`,
  );
  return `<div class="card"><h3>${escapeHtml(flowInWords(flow))}</h3>
<table><thead><tr><th scope="col"></th><th scope="col">This week</th><th scope="col">Week before</th></tr></thead><tbody>
${countRow(kind === 'campaign' ? 'Recipients' : 'Entered', week.entered, before.entered)}
${countRow('Mails sent', week.mails?.sent, before.mails?.sent)}
${rates.join('\n')}
${countRow(kind === 'funnel' ? 'Purchases in all' : 'Goals in all', week.goals, before.goals)}
</tbody></table></div>`;
}

function countRow(label: string, now: number | null | undefined, before: number | null | undefined): string {
  if (now === null || now === undefined) return '';
  return `<tr><th scope="row">${label}</th><td class="now">${grouped(now)}</td><td>${grouped(before ?? 0)}</td></tr>`;
}

function cell({ hits, share }: ReturnType<typeof ratesOf>[number]['week']): string {
  if (share === undefined) return '–';
  return `${percentText(share.share)}<small><span>${grouped(hits)} ·</span> <span>${rangeText(share)}</span></small>`;
}

function experiments(reviews: readonly ExperimentReview[]): string {
  if (reviews.length === 0) return '';
  const cards = reviews.map(({ journey, experiment, arms, verdict }) => {
    const rows = arms.map(
      ({ arm, people, goals, conversion }) =>
        `<tr><th scope="row">${escapeHtml(arm)}</th><td>${grouped(people)}</td><td>${grouped(goals)}</td><td class="now">${escapeHtml(shareText(conversion))}</td></tr>`,
    );
    return `<div class="card"><h3>${escapeHtml(experiment)} <span class="tag">in journey ${escapeHtml(journey)}, since it began</span></h3>
<p>${escapeHtml(verdict)}</p>
<div class="arms"><div class="wide">${armsSvg({ arms, width: 470 })}</div><div class="narrow">${armsSvg({ arms, width: 330 })}</div></div>
<div class="scroll"><table><thead><tr><th scope="col">Arm</th><th scope="col">People</th><th scope="col">Goals</th><th scope="col">Conversion</th></tr></thead><tbody>
${rows.join('\n')}
</tbody></table></div></div>`;
  });
  return `<section>
<h2>Experiments</h2>
<div class="grid-2">
${cards.join('\n')}
</div>
</section>`;
}

function mails({ mails: all }: CampaignReview): string {
  if (all.length === 0) return '';
  const rows = all
    .toSorted((a, b) => b.counts.sent - a.counts.sent)
    .map((mail) => `<tr>${mailCells(mail)}</tr>`);
  return `<section>
<h2>Mails of the week</h2>
<div class="card scroll"><table class="mails"><thead><tr><th scope="col">Mail</th><th scope="col">Sent</th><th scope="col">Opened</th><th scope="col">Clicked</th><th scope="col">Unsubscribed</th></tr></thead><tbody>
${rows.join('\n')}
</tbody></table></div>
</section>`;
}

function mailCells({ kind, flow, template, counts }: MailFigures): string {
  const period = { entered: 0, converted: null, goals: null, mails: counts };
  const rates = ratesOf({ week: period, before: period });
  const rate = (key: string) => {
    const found = rates.find((one) => one.key === key);
    return found === undefined ? '–' : cell(found.week);
  };
  return `<th scope="row">${escapeHtml(template)}<small>${escapeHtml(flowInWords({ kind, id: flow, isKnown: true }))}</small></th><td>${grouped(counts.sent)}</td><td>${rate('opened')}</td><td class="now">${rate('clicked')}</td><td>${rate('unsubscribed')}</td>`;
}
