import { emitEvent, loadEventData, loadPerson, updateFields } from '../db/journey-people.ts';
import { loadRun, recordEnd, recordExposure, recordProgress } from '../db/journey-runs.ts';
import { enterJourney, eventsSince, journeyInput, loadDefinition } from '../db/journeys.ts';
import type { Database } from '../db/pool.ts';
import { SluiceError } from '../domain/errors.ts';
import { type Choice, chooseArm } from '../domain/journeys/choose.ts';
import { type JourneyDefinition, listensTo } from '../domain/journeys/definition.ts';
import { nextLocalTime } from '../domain/journeys/local-time.ts';
import type { JourneyEnd, JourneyEvent, JourneyStart, Timing } from '../domain/journeys/run.ts';
import { drawArm } from '../domain/journeys/split.ts';
import type { BranchBy, Value } from '../domain/journeys/steps.ts';

export interface JourneyActivityDeps {
  readonly database: Database;
  /** Journeys that a `startJourney` step may start. */
  readonly journeys: readonly JourneyDefinition[];
  /** IANA zone of people who have none of their own. */
  readonly contactTimezone: string;
  readonly now?: () => Date;
}

export interface Begun {
  /** That of the hash; undefined: there is none. */
  readonly definition: JourneyDefinition | undefined;
  /** Set where the run had ended before its workflow began. */
  readonly end: JourneyEnd | undefined;
  /** What happened to the person between the event that the run began with and now, as far as it listens to it. */
  readonly missed: readonly JourneyEvent[];
}

/** What a journey needs of the database. People's data goes in and out of it here and never through a history. */
export function createJourneyActivities({
  database,
  journeys,
  contactTimezone,
  now = () => new Date(),
}: JourneyActivityDeps) {
  const db = database.orm;

  return {
    async beginJourney({
      runId,
      journey,
      hash,
    }: {
      readonly runId: number;
      readonly journey: string;
      readonly hash: string;
    }): Promise<Begun> {
      const [run, definition] = await Promise.all([
        loadRun(db, runId),
        loadDefinition(db, { journey, hash }),
      ]);
      if (run === undefined || definition === undefined) {
        const end: JourneyEnd = { state: 'failed', reason: 'definition_missing' };
        await recordEnd(db, { runId, end, mailsSent: 0, at: now() });
        return { definition: undefined, end, missed: [] };
      }
      const { state, reason, contactId, eventId } = run;
      const missed =
        eventId === null ? [] : await eventsSince(db, { contactId, eventId, types: listensTo(definition) });
      const end = state === 'running' ? undefined : { state, reason: reason ?? state };
      return { definition, end, missed };
    },

    /** The arm of a branch as things are now; for a reaction also as the event says. */
    async chooseArm({
      contactId,
      by,
      eventId,
    }: {
      readonly contactId: number;
      readonly by: BranchBy;
      readonly eventId?: number | undefined;
    }): Promise<Choice> {
      const { facts } = await personOf(contactId);
      const told = eventId === undefined ? {} : await loadEventData(db, eventId);
      return chooseArm(by, { ...facts, ...told });
    },

    /** The arm of an experiment: what was drawn once, else a draw that is kept from now on. */
    async drawArm({
      runId,
      ...drawn
    }: {
      readonly runId: number;
      readonly contactId: number;
      readonly experiment: string;
      readonly weights: Readonly<Record<string, number>>;
    }): Promise<{ readonly arm: string }> {
      const { contactId, experiment, weights } = drawn;
      const arm = await recordExposure(db, { ...drawn, runId, arm: drawArm(drawn), at: now() });
      if (weights[arm] !== undefined) return { arm };
      // An arm that the experiment has no more: drawn anew among those that are left, by the same hash.
      return { arm: drawArm({ experiment, contactId, weights }) };
    },

    /** The next time that the person's clock shows it, from a moment on; ISO 8601 UTC. */
    async nextLocalTime({
      contactId,
      from,
      localTime,
      weekdays,
    }: {
      readonly contactId: number;
      readonly from: string;
      readonly localTime: string;
      readonly weekdays?: readonly number[];
    }): Promise<{ readonly at: string }> {
      const { timezone } = await personOf(contactId);
      const zone = timezone ?? contactTimezone;
      const at = nextLocalTime({ from: Date.parse(from), localTime, weekdays, zone });
      return { at: new Date(at).toISOString() };
    },

    async recordProgress({
      dueAt,
      ...progress
    }: {
      readonly runId: number;
      readonly step: string;
      readonly dueAt: string;
      readonly mailsSent: number;
      readonly reason?: string | undefined;
    }): Promise<void> {
      await recordProgress(db, { reason: undefined, ...progress, dueAt: new Date(dueAt) });
    },

    /** @param ended `at`: ISO 8601 UTC */
    async recordEnd({
      at,
      ...ended
    }: {
      readonly runId: number;
      readonly end: JourneyEnd;
      readonly mailsSent: number;
      readonly at: string;
    }): Promise<void> {
      await recordEnd(db, { ...ended, at: new Date(at) });
    },

    async updateFields(change: {
      readonly contactId: number;
      readonly fields: Readonly<Record<string, Value>>;
    }): Promise<void> {
      await updateFields(db, { ...change, now: now() });
    },

    async emitEvent(event: {
      readonly eventId: string;
      readonly type: string;
      readonly contactId: number;
    }): Promise<void> {
      await emitEvent(db, { ...event, now: now() });
    },

    /** Whether the person may enter another journey, and with what its workflow is started. */
    async enterOther({
      journey,
      contactId,
      anchor,
      anchorAt,
      ...start
    }: {
      readonly journey: string;
      readonly contactId: number;
      readonly anchor: string;
      readonly anchorAt: string;
      readonly mailTaskQueue: string;
      readonly brevoTaskQueue: string;
      readonly timing: Timing;
    }): Promise<{
      readonly workflowId: string;
      readonly start: JourneyStart | undefined;
      readonly reason: string | undefined;
    }> {
      const definition = journeys.find(({ id }) => id === journey);
      if (definition === undefined) {
        throw new SluiceError(`there is no journey ${journey} any more`, {
          code: 'journey_missing',
          sort: 'item',
        });
      }
      const { workflowId, runId, reason } = await enterJourney(database, {
        definition,
        contactId,
        eventId: null,
        anchor,
        anchorAt: new Date(anchorAt),
        now: now(),
      });
      if (reason !== undefined) return { workflowId, start: undefined, reason };
      return { workflowId, start: await journeyInput(db, { runId, ...start }), reason: undefined };
    },
  };

  async function personOf(contactId: number) {
    const person = await loadPerson(db, contactId);
    if (person !== undefined) return person;
    throw new SluiceError(`contact ${contactId} is not there any more`, {
      code: 'contact_missing',
      sort: 'item',
    });
  }
}

export type JourneyActivities = ReturnType<typeof createJourneyActivities>;
