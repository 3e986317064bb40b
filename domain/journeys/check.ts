import { SluiceError } from '../errors.ts';
import type { SendWindow } from '../sending/message.ts';
import { findLoops, holdsItself } from './check-loops.ts';
import { stepProblems } from './check-steps.ts';
import { isEventType, isLength, isLocalTime, weekdayProblems } from './check-words.ts';
import { type JourneyDefinition, stepsOf } from './definition.ts';
import type { JourneySurroundings } from './surroundings.ts';

const ID = /^[a-z0-9][a-z0-9.-]{0,79}$/;

/** Everything that is wrong with the journeys, each as one line that begins with the journey's id. */
export function checkJourneys(
  journeys: readonly JourneyDefinition[],
  surroundings: JourneySurroundings = {},
): readonly string[] {
  const endless = journeys.filter(({ steps, whenever }) =>
    [steps, ...whenever.map((reaction) => reaction.steps)].some((line) => holdsItself(line)),
  );
  if (endless.length > 0) return endless.map(({ id }) => `${id}: endless loop: a step holds itself`);
  const ids = journeys.map(({ id }) => id);
  const known = new Set(ids);
  return [
    ...repeated(ids).map((id) => `${id}: two journeys have this id`),
    ...journeys.flatMap((journey) =>
      problemsOf(journey, { ...surroundings, journeys: known }).map((problem) => `${journey.id}: ${problem}`),
    ),
    ...findLoops(journeys, surroundings.startedBy),
  ];
}

/** @throws SluiceError `journey_invalid` that names every problem */
export function assertJourneys(
  journeys: readonly JourneyDefinition[],
  surroundings: JourneySurroundings = {},
): void {
  const problems = checkJourneys(journeys, surroundings);
  if (problems.length === 0) return;
  throw new SluiceError(`the journeys are not right:\n  ${problems.join('\n  ')}`, {
    code: 'journey_invalid',
    hint: 'Mend them in domain/journeys/; docs/journeys.md tells what a journey may be.',
  });
}

function problemsOf(
  journey: JourneyDefinition,
  surroundings: JourneySurroundings & { readonly journeys: ReadonlySet<string> },
): readonly string[] {
  const { id, version, exitOn, whenever, goal, reEntry, window, cap } = journey;
  const steps = stepsOf(journey);
  const events = [...exitOn, ...whenever.map(({ event }) => event), ...(goal === undefined ? [] : [goal])];
  return [
    ...(ID.test(id) ? [] : ['its id must be small letters, digits, dots and hyphens, at most 80']),
    ...(Number.isInteger(version) && version >= 1 ? [] : [`version ${version} is not a whole number from 1`]),
    ...(journey.steps.length > 0 ? [] : ['it has no steps']),
    ...repeated(steps.map((step) => step.id)).map((step) => `two steps have the id ${step}`),
    ...steps.filter((step) => !ID.test(step.id)).map((step) => `${step.id} is no id for a step`),
    ...events.filter((type) => !isEventType(type)).map((type) => `${type} is no event type`),
    ...repeated(exitOn).map((type) => `exitOn names ${type} twice`),
    ...whenever
      .filter(({ event }) => exitOn.includes(event))
      .map(({ event }) => `${event} ends the journey, so nothing can be done whenever it comes`),
    ...(typeof reEntry === 'object' && !isLength(reEntry.every)
      ? [`reEntry every ${reEntry.every} is no duration (like 30d)`]
      : []),
    ...(window === undefined ? [] : windowProblems(window)),
    ...(cap !== undefined && !(cap.most >= 1 && cap.inHours > 0)
      ? ['cap must allow at least one mail in more than no time']
      : []),
    ...steps.flatMap((step) =>
      stepProblems(step, surroundings).map((problem) => `step ${step.id}: ${problem}`),
    ),
    ...whenever.flatMap(({ event, steps: reaction }) =>
      stepsOf({ ...journey, steps: reaction, whenever: [] })
        .filter(({ kind }) => !['branch', 'update', 'notify', 'emit', 'startJourney'].includes(kind))
        .map((step) => `step ${step.id}: a ${step.kind} cannot be done whenever ${event} comes`),
    ),
  ];
}

function windowProblems({ from, to, weekdays }: SendWindow): readonly string[] {
  return [
    ...[from, to].filter((time) => !isLocalTime(time)).map((time) => `window: ${time} is no time like 08:00`),
    ...(from === to ? ['window: it begins and ends at the same time'] : []),
    ...weekdayProblems(weekdays).map((problem) => `window: ${problem}`),
  ];
}

function repeated(words: readonly string[]): readonly string[] {
  return [...new Set(words.filter((word, index) => words.indexOf(word) !== index))];
}
