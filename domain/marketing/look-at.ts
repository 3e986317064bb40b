import type { ExperimentReview } from './experiments.ts';
import { grouped, percentText } from './numbers.ts';
import type { ComparedRate, RateKey } from './rates.ts';
import { ratesOf } from './rates.ts';
import type { FlowReview } from './review-figures.ts';

/** Rates of fewer mails or people than this are not judged. */
export const LEAST_OF = 50;
/** A change that is more than chance and smaller than this part of the rate is not worth a reader's time. */
const LEAST_CHANGE = 0.1;
/** Beyond these shares mailbox providers begin to sort a sender's mail out. */
const ALARMING = { bounced: 0.02, unsubscribed: 0.005 } as const;
/** More than this part, and at least so many people. */
const SURGE = { part: 0.3, least: 10 } as const;
/** A flow that sent fewer than this may well have a week without any. */
const SILENT_FROM = 20;

/** How a rate is spoken of, and whether more of it is good. */
const SPOKEN = {
  delivered: { subject: 'delivery', isGood: true },
  opened: { subject: 'the open rate', isGood: true },
  clicked: { subject: 'the click rate', isGood: true },
  converted: { subject: 'the conversion', isGood: true },
  unsubscribed: { subject: 'the unsubscribe rate', isGood: false },
  bounced: { subject: 'the bounce rate', isGood: false },
} as const satisfies Readonly<Record<RateKey, { readonly subject: string; readonly isGood: boolean }>>;

const FLOW_WORDS = { funnel: 'Funnel', journey: 'Journey', campaign: 'Campaign' } as const;

/** `Journey nurture-on-assessment`, with a remark where it has been removed. */
export function flowInWords({ kind, id, isKnown }: Pick<FlowReview, 'kind' | 'id' | 'isKnown'>): string {
  const name = kind === 'funnel' ? id.replaceAll('_', '-') : id;
  return `${FLOW_WORDS[kind]} ${name}${isKnown ? '' : ' (removed)'}`;
}

/**
 * What deserves somebody's attention, one sentence each: what hurts first, then what fell, what rose, and experiments that
 * are decided. Differences that chance can explain are left out.
 */
export function whatToLookAt({
  flows,
  experiments,
}: {
  readonly flows: readonly FlowReview[];
  readonly experiments: readonly ExperimentReview[];
}): readonly string[] {
  const changes = flows.flatMap((flow) => ratesOf(flow).flatMap((rate) => changeIn(flow, rate)));
  return [
    ...flows.flatMap(alarms),
    ...flows.flatMap(silence),
    ...changes.filter(({ isGood }) => !isGood).map(({ text }) => text),
    ...flows.flatMap(surge),
    ...changes.filter(({ isGood }) => isGood).map(({ text }) => text),
    ...experiments
      .filter(({ isDecided }) => isDecided)
      .map(({ journey, experiment, verdict }) => `Experiment ${experiment} of ${journey}: ${verdict}`),
  ];
}

function alarms(flow: FlowReview): readonly string[] {
  const rates = ratesOf(flow);
  return (['bounced', 'unsubscribed'] as const).flatMap((key) => {
    const rate = rates.find((one) => one.key === key)?.week;
    if (rate?.share === undefined || rate.of < LEAST_OF || rate.share.low <= ALARMING[key]) return [];
    const { share } = rate.share;
    const what =
      key === 'bounced'
        ? 'of the mails bounced. Check where these addresses come from.'
        : 'of the mails were answered by an unsubscribe. Look at what was sent, to whom and how often.';
    return [`${flowInWords(flow)}: ${percentText(share)} ${what}`];
  });
}

function silence(flow: FlowReview): readonly string[] {
  const { week, before } = flow;
  if (
    flow.kind !== 'journey' ||
    !flow.isKnown ||
    week.mails?.sent !== 0 ||
    (before.mails?.sent ?? 0) < SILENT_FROM
  )
    return [];
  return [
    `${flowInWords(flow)} sent nothing; it was ${grouped(before.mails?.sent ?? 0)} mails the week before.`,
  ];
}

function changeIn(
  flow: FlowReview,
  { key, week, before, change }: ComparedRate,
): readonly { readonly text: string; readonly isGood: boolean }[] {
  if (week.of < LEAST_OF || before.of < LEAST_OF) return [];
  if (change === undefined || week.share === undefined || before.share === undefined) return [];
  const isChance = change.low <= 0 && change.high >= 0;
  if (isChance || Math.abs(change.share) < LEAST_CHANGE * before.share.share) return [];
  const rose = change.share > 0;
  const { subject, isGood } = SPOKEN[key];
  const text = `${flowInWords(flow)}: ${subject} ${rose ? 'rose' : 'fell'} from ${percentText(before.share.share)} to ${percentText(week.share.share)}.`;
  return [{ text, isGood: rose === isGood }];
}

function surge(flow: FlowReview): readonly string[] {
  const { entered } = flow.week;
  const away = entered - flow.before.entered;
  // A campaign is sent when somebody wants it, so two weeks say nothing about each other.
  if (flow.kind === 'campaign' || Math.abs(away) < SURGE.least) return [];
  if (Math.abs(away) <= SURGE.part * flow.before.entered) return [];
  return [
    `${flowInWords(flow)}: ${grouped(entered)} people entered, ${grouped(flow.before.entered)} the week before.`,
  ];
}
