import type { DayRange } from '../report-days.ts';
import type { MailHappening, MarketingDay } from './figures.ts';

/** Of the mails that were sent in a period, those of which something was known by its end. */
export type MailCounts = Readonly<Record<MailHappening, number>>;

/** What happened in one flow in seven days. */
export interface FlowPeriod {
  /** People who entered a funnel or a journey; mails that were planned for a campaign. */
  readonly entered: number;
  /** Of them, those who reached the goal before the period ended; null where there is no goal. */
  readonly converted: number | null;
  /** People who reached the goal in the period, whenever they entered. */
  readonly goals: number | null;
  /** Null: its mails are not ours (Brevo sends those of funnels). */
  readonly mails: MailCounts | null;
}

export type FlowKind = 'funnel' | 'journey' | 'campaign';

export interface FlowReview {
  readonly kind: FlowKind;
  readonly id: string;
  /** False for a journey that people were in and that has been removed since. */
  readonly isKnown: boolean;
  readonly week: FlowPeriod;
  readonly before: FlowPeriod;
}

/** People of one arm from the beginning of the experiment to the end of the week, and those who reached the goal. */
export interface ArmFigures {
  readonly arm: string;
  readonly people: number;
  readonly goals: number;
}

export interface ExperimentFigures {
  readonly journey: string;
  readonly experiment: string;
  readonly arms: readonly ArmFigures[];
}

/** One mail of a journey or a campaign in the week. */
export interface MailFigures {
  readonly kind: FlowKind;
  readonly flow: string;
  readonly template: string;
  readonly counts: MailCounts;
}

/** Everything that the review of a week is made of; kept as JSON. */
export interface ReviewFigures {
  /** Seven days each, YYYY-MM-DD in `timezone`. */
  readonly week: DayRange;
  readonly before: DayRange;
  readonly timezone: string;
  readonly flows: readonly FlowReview[];
  readonly experiments: readonly ExperimentFigures[];
  readonly mails: readonly MailFigures[];
  /** The fourteen days. */
  readonly days: readonly MarketingDay[];
}

export const NO_MAILS: MailCounts = {
  sent: 0,
  delivered: 0,
  opened: 0,
  clicked: 0,
  bounced: 0,
  unsubscribed: 0,
};
