import { continueAsNew, proxyActivities, setCurrentDetails } from '@temporalio/workflow';
import type { LeadScoringActivities, ScoringStart } from '../activities/lead-scoring.ts';
import { describeScoring, hourText } from './lead-scoring-details.ts';
import { logicalTime } from './logical-time.ts';
import { DATABASE_WORK } from './retries.ts';

export interface LeadScoringInput {
  /** Logical time, ISO 8601; unset: that of the schedule, or the start. The hour it falls in is scored. */
  readonly asOf?: string;
  /** Plan only; a worker that runs dry plans whatever is asked. */
  readonly dryRun?: boolean;
  readonly carried?: ScoringStart;
}

interface ScoringCounts {
  /** Hours that were worked, the run's own included. */
  readonly hours: number;
  /** Leads that had a score or were active, hour by hour. */
  readonly scored: number;
  readonly changed: number;
  readonly becameHot: number;
  readonly becameCold: number;
}

/** Counts and times only. */
export type LeadScoringResult = Omit<ScoringStart, 'dryRun' | 'hours' | 'mode'> &
  (
    | { readonly status: 'already_scored' }
    | ({ readonly status: 'scored'; readonly mode: 'normal' | 'backlog' } & ScoringCounts)
    /** `hours` are to be worked; the counts are what the first of them would bring. */
    | ({ readonly status: 'dry_run'; readonly mode: 'normal' | 'backlog' } & ScoringCounts)
  );

/** Calls in one run's history before it goes on as a new one; a call is some seconds of work. */
const CALLS_PER_RUN = 500;

const activities = proxyActivities<LeadScoringActivities>(DATABASE_WORK);

/**
 * Scores all leads as of its hour. Hours that passed without a run come first, one after the other, so that scores are what
 * punctual runs would have made them; an hour that is done changes nothing. Several runs at once share the work.
 */
export async function leadScoring(input: LeadScoringInput = {}): Promise<LeadScoringResult> {
  const start = input.carried ?? (await plan(input));
  const { mode, hours, dryRun, ...about } = start;
  if (mode === 'done') {
    setCurrentDetails(
      `${hourText(start.hour)} has been scored already, the last hour is ${hourText(start.lastHour)}. Nothing was changed.`,
    );
    return { ...about, status: 'already_scored' };
  }
  if (dryRun || input.dryRun === true) {
    const counts = await activities.previewLeadScoring.executeWithOptions(
      { summary: 'Dry run: what the first hour would bring' },
      [start],
    );
    setCurrentDetails(describeScoring({ start, counts }));
    return { ...about, ...counts, status: 'dry_run', mode, hours };
  }
  for (let calls = 0, isDone = false; !isDone; calls += 1) {
    if (calls === CALLS_PER_RUN) {
      await continueAsNew<typeof leadScoring>({ ...input, carried: start });
    }
    const progress = await activities.scoreLeads.executeWithOptions(
      { summary: mode === 'backlog' ? `Score ${hours} hours, up to ${hourText(start.hour)}` : 'Score leads' },
      [{ hour: start.hour }],
    );
    isDone = progress.isDone;
    setCurrentDetails(describeScoring({ start, counts: progress, hour: progress.hour }));
  }
  const counts = await activities.countScoredHours.executeWithOptions({ summary: 'Count what was done' }, [
    { after: start.lastHour, through: start.hour },
  ]);
  await activities.pruneLeadHistory.executeWithOptions({ summary: 'Take out old history' }, [
    { hour: start.hour },
  ]);
  setCurrentDetails(describeScoring({ start, counts }));
  return { ...about, ...counts, status: 'scored', mode };
}

async function plan(input: LeadScoringInput): Promise<ScoringStart> {
  return activities.planLeadScoring.executeWithOptions({ summary: 'Which hours are to be scored' }, [
    { asOf: logicalTime(input.asOf) },
  ]);
}
