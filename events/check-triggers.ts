import { SluiceError } from '../domain/errors.ts';
import { durationMs } from '../domain/journeys/durations.ts';
import { isEventType } from './event-types.ts';
import type { Trigger } from './triggers.ts';

const ID = /^[a-z0-9]+(-[a-z0-9]+)*$/;
const PATTERN = /^[a-z][a-z0-9_-]*(\.[A-Za-z0-9_:~-]+)*(\.\*|\*)?$/;

/**
 * Looks a catalogue over before anything is accepted.
 * @throws SluiceError `triggers_invalid` that names every problem at once.
 */
export function checkTriggers(
  triggers: readonly Trigger[],
  {
    journeys,
    workflows,
  }: { readonly journeys: ReadonlySet<string>; readonly workflows: ReadonlySet<string> },
): void {
  const problems = triggers.flatMap((trigger, index) => {
    const isRepeated = triggers.findIndex(({ id }) => id === trigger.id) !== index;
    const said = [
      ...(isRepeated ? ['another trigger has the same id'] : []),
      ...problemsOf(trigger),
      ...targetProblems(trigger, { journeys, workflows }),
    ];
    return said.map((problem) => `  ${trigger.id}: ${problem}`);
  });
  if (problems.length === 0) return;
  throw new SluiceError(`triggers are not usable:\n${problems.join('\n')}`, {
    code: 'triggers_invalid',
    hint: 'Correct them in events/trigger-catalogue.ts; docs/events.md says how.',
  });
}

function problemsOf({ id, types, allWithin, resource, within }: Trigger): readonly string[] {
  const spans = [allWithin, within].filter((span) => span !== undefined);
  return [
    ...(ID.test(id) && id.length <= 100 ? [] : ['an id is lower case words joined by hyphens']),
    ...(types.length === 0 ? ['it names no event type'] : []),
    ...types
      .filter((type) => !isEventType(type))
      .map((type) => `nobody declared the event type "${type}" (events/event-types.ts)`),
    ...(new Set(types).size === types.length ? [] : ['it names a type twice']),
    ...(allWithin !== undefined && types.length < 2 ? ['allOf needs two types or more'] : []),
    ...(resource === undefined || PATTERN.test(resource)
      ? []
      : [`resource "${resource}" is neither a resource nor a beginning and *`]),
    ...spans
      .filter((span) => (durationMs(span) ?? 0) === 0)
      .map((span) => `"${span}" is no duration; like 30m, 24h or 7d`),
  ];
}

function targetProblems(
  { start }: Trigger,
  {
    journeys,
    workflows,
  }: { readonly journeys: ReadonlySet<string>; readonly workflows: ReadonlySet<string> },
): readonly string[] {
  if (start.kind === 'journey')
    return journeys.has(start.journey) ? [] : [`there is no journey "${start.journey}"`];
  return workflows.has(start.workflow) ? [] : [`there is no workflow "${start.workflow}"`];
}
