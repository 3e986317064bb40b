import { Context } from '@temporalio/activity';
import {
  type HourCounts,
  previewHour,
  pruneHistory,
  scoredHours,
  scoreNextPage,
  scoringState,
} from '../db/lead-scoring.ts';
import type { Database } from '../db/pool.ts';
import { SluiceError } from '../domain/errors.ts';
import { hoursAfter, planScoring, scoringHour } from '../domain/lead-score.ts';

export interface LeadScoringDeps {
  readonly database: Database;
  /** For so many days the changes of scores are kept. */
  readonly historyDays: number;
  readonly dryRun: boolean;
  readonly now?: () => Date;
}

/** Times are ISO 8601 in UTC, whole hours. */
export interface ScoringStart {
  /** The hour that is scored: that of the logical time. */
  readonly hour: string;
  /** The last hour that is done; undefined: none is. */
  readonly lastHour: string | undefined;
  /** `done`: this hour or a later one is done; `backlog`: more than two hours are missing. */
  readonly mode: 'done' | 'normal' | 'backlog';
  /** Hours through which scores only fade, before the others. */
  readonly fadeHours: number;
  /** Hours to be scored, the run's own included. */
  readonly hours: number;
  readonly dryRun: boolean;
}

export interface ScoringProgress extends HourCounts {
  /** The hour that was worked on; undefined: there was nothing to do. */
  readonly hour: string | undefined;
  /** Whether the run's own hour is done. */
  readonly isDone: boolean;
}

/** One call works pages for about so long, so that a run's history stays short and progress is seen. */
const CALL_MS = 5_000;
const DAY_MS = 86_400_000;
const CLOCK_SKEW_MS = 60_000;

export function createLeadScoringActivities({
  database,
  historyDays,
  dryRun,
  now = () => new Date(),
}: LeadScoringDeps) {
  const db = database.orm;

  return {
    /**
     * What a run has to do. @param asOf its logical time, ISO 8601
     * @throws SluiceError `lead_scoring_in_future`: the hours up to then could never be scored after it
     */
    async planLeadScoring({ asOf }: { readonly asOf: string }): Promise<ScoringStart> {
      const hour = scoringHour(new Date(asOf));
      refuseFuture(hour, now());
      const { lastDone } = await scoringState(db);
      const plan = planScoring({ last: lastDone, hour });
      const { fadeHours, hours } = plan.mode === 'done' ? { fadeHours: 0, hours: 0 } : plan;
      return {
        hour: hour.toISOString(),
        lastHour: lastDone?.toISOString(),
        mode: plan.mode,
        fadeHours,
        hours,
        dryRun,
      };
    },

    /**
     * Works pages of leads on the way to an hour, for some seconds. Repeated until it is done; a repetition after a crash
     * goes on with the page that broke off.
     * @throws SluiceError on a dry worker, so that another one takes the work
     */
    async scoreLeads({ hour }: { readonly hour: string }): Promise<ScoringProgress> {
      if (dryRun) {
        throw new SluiceError('this worker runs dry and scores nobody', {
          code: 'dry_worker',
          sort: 'retry',
          hint: 'Run all workers of a task queue with the same APP_DRY_RUN.',
        });
      }
      const target = new Date(hour);
      refuseFuture(target, now());
      const { cancellationSignal } = Context.current();
      const until = Date.now() + CALL_MS;
      for (;;) {
        cancellationSignal.throwIfAborted();
        const page = await scoreNextPage(database, { target, now: now() });
        if (page.kind === 'up_to_date') return { ...NOTHING, hour: undefined, isDone: true };
        const { hour: worked, isHourDone, kind: _, ...counts } = page;
        const isDone = isHourDone && worked >= target;
        if (isDone || Date.now() >= until) return { ...counts, hour: worked.toISOString(), isDone };
      }
    },

    /** What was done for the hours after `after`, by this run and others beside it. */
    async countScoredHours({
      after,
      through,
    }: {
      readonly after: string | undefined;
      readonly through: string;
    }): Promise<HourCounts & { readonly hours: number }> {
      return scoredHours(db, {
        after: after === undefined ? undefined : new Date(after),
        through: new Date(through),
      });
    },

    /** What the first hour of a run would bring; writes nothing. */
    async previewLeadScoring({ lastHour, hour, fadeHours }: ScoringStart): Promise<HourCounts> {
      const first =
        lastHour === undefined ? new Date(hour) : hoursAfter(new Date(lastHour), Math.max(1, fadeHours));
      return previewHour(db, { hour: first, fadeHours });
    },

    /** Takes out history that is older than it is kept, counted from the hour. */
    async pruneLeadHistory({ hour }: { readonly hour: string }): Promise<void> {
      const { cancellationSignal } = Context.current();
      const before = new Date(new Date(hour).getTime() - historyDays * DAY_MS);
      while (await pruneHistory(db, { before })) cancellationSignal.throwIfAborted();
    },
  };
}

export type LeadScoringActivities = ReturnType<typeof createLeadScoringActivities>;

const NOTHING: HourCounts = { scored: 0, changed: 0, becameHot: 0, becameCold: 0 };

function refuseFuture(hour: Date, now: Date): void {
  if (hour.getTime() <= now.getTime() + CLOCK_SKEW_MS) return;
  throw new SluiceError(`${hour.toISOString()} is in the future`, {
    code: 'lead_scoring_in_future',
    hint: 'Score as of a time that has come; hours before it could not be scored afterwards.',
  });
}
