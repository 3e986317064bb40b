import { FUNNEL_TYPES, type FunnelType } from '../funnels.ts';
import { SEGMENTS, type Segment } from '../journeys/segment.ts';

/** What can become of a mail, each counted at its first time. `sent`: Brevo took it; `bounced`: for good. */
export const MAIL_HAPPENINGS = ['sent', 'delivered', 'opened', 'clicked', 'bounced', 'unsubscribed'] as const;
export type MailHappening = (typeof MAIL_HAPPENINGS)[number];

/** What happened on one local day. Kept as JSON: fields may be added, never given another meaning. */
export interface DayFigures {
  /** Contacts that were made. */
  readonly leads: number;
  /** People who agreed to marketing mail. */
  readonly optIns: number;
  /** Assessments by the marks that they came with; `unknown`: those of people who have been erased. */
  readonly assessments: Readonly<Record<Segment | 'unknown', number>>;
  /** People who entered each funnel. */
  readonly entries: Readonly<Record<FunnelType, number>>;
  /** People of each funnel who bought. */
  readonly purchases: Readonly<Record<FunnelType, number>>;
  /** Of both funnels, from the beginning to the end of the day. */
  readonly toDate: { readonly entries: number; readonly purchases: number };
  readonly mails: Readonly<Record<MailHappening, number>>;
}

/** The figures of a day, YYYY-MM-DD in the zone of the report. */
export interface MarketingDay {
  readonly day: string;
  readonly figures: DayFigures;
}

/** A figure that reports show, with how it is read out of a day. */
export interface Metric {
  readonly key: string;
  /** Stands in front of a number: `New leads`. */
  readonly label: string;
  readonly section: 'People' | 'Funnels' | 'Mails';
  /** `headline` ones make the short form; `part` ones belong to the headline above them. */
  readonly rank: 'headline' | 'part' | 'plain';
  readonly of: (figures: DayFigures) => number;
}

const SEGMENT_LABELS: Readonly<Record<Segment, string>> = {
  critical: 'Critical',
  urgent: 'Urgent',
  optimize: 'Optimize',
};
const FUNNEL_LABELS: Readonly<Record<FunnelType, string>> = {
  language: 'Language',
  non_language: 'Non-language',
};
const MAIL_LABELS: Readonly<Record<MailHappening, string>> = {
  sent: 'Mails sent',
  delivered: 'Delivered',
  opened: 'Opened',
  clicked: 'Clicked',
  bounced: 'Bounced',
  unsubscribed: 'Unsubscribed',
};

/** Everything that is counted, in the order of the report. */
export const METRICS: readonly Metric[] = [
  { key: 'leads', label: 'New leads', section: 'People', rank: 'headline', of: ({ leads }) => leads },
  { key: 'opt_ins', label: 'Opt-ins', section: 'People', rank: 'headline', of: ({ optIns }) => optIns },
  {
    key: 'assessments',
    label: 'Assessments',
    section: 'People',
    rank: 'headline',
    of: ({ assessments }) => sumOf(assessments),
  },
  ...SEGMENTS.map(
    (segment): Metric => ({
      key: `assessments_${segment}`,
      label: SEGMENT_LABELS[segment],
      section: 'People',
      rank: 'part',
      of: ({ assessments }) => assessments[segment],
    }),
  ),
  ...byFunnel('entries', 'Funnel entries'),
  ...byFunnel('purchases', 'Purchases'),
  ...MAIL_HAPPENINGS.map(
    (happening): Metric => ({
      key: `mails_${happening}`,
      label: MAIL_LABELS[happening],
      section: 'Mails',
      rank: happening === 'sent' ? 'headline' : 'plain',
      of: ({ mails }) => mails[happening],
    }),
  ),
];

/** What stands in front of a metric within a sentence, where a part is named with what it is a part of. */
export function metricInWords({ key, label, rank }: Metric): string {
  if (rank !== 'part') return label;
  const whole = METRICS.find((other) => key.startsWith(`${other.key}_`));
  return whole === undefined ? label : `${whole.label}, ${label.toLowerCase()}`;
}

/** Whether anything at all happened on that day. */
export function isQuiet(figures: DayFigures): boolean {
  return METRICS.every(({ of }) => of(figures) === 0);
}

function byFunnel(what: 'entries' | 'purchases', label: string): readonly Metric[] {
  return [
    { key: what, label, section: 'Funnels', rank: 'headline', of: (figures) => sumOf(figures[what]) },
    ...FUNNEL_TYPES.map(
      (funnel): Metric => ({
        key: `${what}_${funnel}`,
        label: FUNNEL_LABELS[funnel],
        section: 'Funnels',
        rank: 'part',
        of: (figures) => figures[what][funnel],
      }),
    ),
  ];
}

function sumOf(counts: Readonly<Record<string, number>>): number {
  return Object.values(counts).reduce((sum, one) => sum + one, 0);
}
