/** `exited`: an event ended it early; `stopped`: an operator, an erasure; `failed`: it could not go on. */
export const JOURNEY_STATES = ['running', 'completed', 'exited', 'stopped', 'failed'] as const;
export type JourneyState = (typeof JOURNEY_STATES)[number];

/** Something that happened to the person, as a run hears of it. No data: what a step needs of it is read by its id. */
export interface JourneyEvent {
  /** Row of `events`. */
  readonly eventId: number;
  readonly type: string;
  /** ISO 8601 UTC. */
  readonly occurredAt: string;
}

/** `test`: hours pass as seconds, and mail goes at any hour of the day. */
export type Timing = 'real' | 'test';

/** What the workflow `journey` is started with; ids and times only. */
export interface JourneyStart {
  /** Row of `journey_runs`. */
  readonly runId: number;
  readonly journey: string;
  readonly definitionHash: string;
  readonly contactId: number;
  /** All times of the run count from here, ISO 8601 UTC. */
  readonly anchorAt: string;
  /** Where the activities of sending run. */
  readonly mailTaskQueue: string;
  /** Where calls to Brevo about contacts run. */
  readonly brevoTaskQueue: string;
  readonly timing: Timing;
}

/** How a run ended. */
export interface JourneyEnd {
  readonly state: Exclude<JourneyState, 'running'>;
  /** `completed`, `holdout`, the type of the event, `operator`, a failure's code. */
  readonly reason: string;
}
