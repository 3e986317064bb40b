import { type ExperimentReview, rangeText, shareText } from '../domain/marketing/experiments.ts';
import { flowInWords } from '../domain/marketing/look-at.ts';
import { compact, dayInWords, grouped, percentText } from '../domain/marketing/numbers.ts';
import { ratesOf } from '../domain/marketing/rates.ts';
import type { CampaignReview } from '../domain/marketing/review.ts';
import type { FlowReview, MailFigures } from '../domain/marketing/review-figures.ts';

/** More flows and remarks are on the page; a mail over 100 kB is cut off by some mailboxes. */
const MOST_FLOWS = 12;
const MOST_REMARKS = 10;

/**
 * Variables of the template `campaign-review`.
 * @param pageUrl where the whole review is; undefined: it is not to be had
 */
export function campaignReviewParams(
  review: CampaignReview,
  pageUrl: string | undefined,
): Readonly<Record<string, unknown>> {
  const { week, timezone, lookAt, best, worst, reviews } = review;
  const active = review.flows
    .filter((flow) => activityOf(flow) > 0)
    .toSorted((a, b) => activityOf(b) - activityOf(a));
  const shown = new Set(active.slice(0, MOST_FLOWS));
  const sent = review.flows.reduce((sum, flow) => sum + (flow.week.mails?.sent ?? 0), 0);
  return {
    week_words: weekInWords(week),
    subject_line: `Campaign review, ${weekInWords(week)}: ${grouped(sent)} mail${sent === 1 ? '' : 's'} sent${lookAt.length === 0 ? '' : `, ${lookAt.length} to look at`}`,
    remark: remarkOf(review),
    look_at: lookAt.slice(0, MOST_REMARKS),
    ...(best === undefined ? {} : { best: mailInWords(best) }),
    ...(worst === undefined ? {} : { worst: mailInWords(worst) }),
    // In the order of the review, which is that of the page.
    rows: review.flows.filter((flow) => shown.has(flow)).flatMap(rowsOf),
    experiments: reviews.map(experimentItem),
    ...(active.length > MOST_FLOWS ? { more: moreText(active.length - MOST_FLOWS) } : {}),
    timezone,
    ...(pageUrl === undefined ? {} : { page_url: pageUrl }),
  };
}

/** `3 to 9 February 2025`. */
export function weekInWords({ first, last }: CampaignReview['week']): string {
  const [from, to] = [dayInWords(first), dayInWords(last)];
  const [day = '', month = '', year = ''] = from.split(' ');
  const start = to.endsWith(` ${month} ${year}`) ? day : to.endsWith(` ${year}`) ? `${day} ${month}` : from;
  return `${start} to ${to}`;
}

export function remarkOf({ isEmpty, lookAt }: CampaignReview): string {
  if (isEmpty) return 'Nothing was sent and nobody entered in these two weeks.';
  return lookAt.length === 0 ? 'Nothing needs a look: no change is more than chance.' : '';
}

/** `Journey welcome, mail nurture-3: 12.0 % clicked (9.1 to 15.6), of 300 sent`. */
export function mailInWords({ kind, flow, template, counts }: MailFigures): string {
  const clicked = ratesOf({
    week: { entered: 0, converted: null, goals: null, mails: counts },
    before: { entered: 0, converted: null, goals: null, mails: counts },
  }).find(({ key }) => key === 'clicked')?.week.share;
  const rate = clicked === undefined ? '–' : `${percentText(clicked.share)} clicked (${rangeText(clicked)})`;
  return `${flowInWords({ kind, id: flow, isKnown: true })}, mail ${template}: ${rate}, of ${grouped(counts.sent)} sent`;
}

function activityOf({ week, before }: FlowReview): number {
  return [week, before].reduce(
    (sum, { entered, goals, mails }) => sum + entered + (goals ?? 0) + (mails?.sent ?? 0),
    0,
  );
}

const BLANK = { heading: '', label: '', week: '', range: '', before: '' };

function rowsOf(flow: FlowReview): readonly (typeof BLANK)[] {
  const { week, before, kind } = flow;
  const count = (label: string, now: number | undefined, then: number | undefined) =>
    now === undefined || then === undefined
      ? []
      : [{ ...BLANK, label, week: grouped(now), before: compact(then) }];
  return [
    { ...BLANK, heading: flowInWords(flow) },
    ...count(kind === 'campaign' ? 'Recipients' : 'Entered', week.entered, before.entered),
    ...count('Mails sent', week.mails?.sent, before.mails?.sent),
    ...ratesOf(flow)
      .filter(({ week: now, before: then }) => now.of + then.of > 0)
      .map(({ label, week: now, before: then }) => ({
        ...BLANK,
        label,
        week: now.share === undefined ? '–' : percentText(now.share.share),
        range: now.share === undefined ? '' : rangeText(now.share),
        before: then.share === undefined ? '–' : percentText(then.share.share),
      })),
    ...count(kind === 'funnel' ? 'Purchases' : 'Goals', week.goals ?? undefined, before.goals ?? undefined),
  ];
}

function experimentItem({ journey, experiment, arms, verdict }: ExperimentReview) {
  return {
    title: `${experiment} in ${journey}`,
    verdict,
    arms: arms
      .map(({ arm, people, conversion }) => `${arm}: ${shareText(conversion)} of ${grouped(people)}`)
      .join('; '),
  };
}

function moreText(count: number): string {
  return count === 1 ? 'One more flow is on the page.' : `${count} more flows are on the page.`;
}
