import { listensTo } from '../../domain/journeys/definition.ts';
import type { JourneyEvent } from '../../domain/journeys/run.ts';
import type { Run } from './state.ts';

/** So many events are known again; the inbox sends the same one twice only within a short time. */
const REMEMBERED_EVENTS = 500;

/** What an event means to a run. The same one again means nothing; what the journey does not listen to neither. */
export function hear(run: Run, event: JourneyEvent): void {
  const { definition, progress } = run;
  if (run.end !== undefined || progress.seen.includes(event.eventId)) return;
  progress.seen = [...progress.seen, event.eventId].slice(-REMEMBERED_EVENTS);
  if (definition.exitOn.includes(event.type)) {
    run.end = { state: 'exited', reason: event.type };
    return;
  }
  if (definition.whenever.some((reaction) => reaction.event === event.type)) progress.reactions.push(event);
  if (listensTo(definition).has(event.type)) progress.heard.push(event);
}

/** Takes the first event of these types out of what was heard. */
export function takeHeard(run: Run, types: readonly string[]): JourneyEvent | undefined {
  const { progress } = run;
  const found = progress.heard.find(({ type }) => types.includes(type));
  if (found !== undefined) progress.heard = progress.heard.filter((event) => event !== found);
  return found;
}

export function hasHeard({ progress }: Run, types: readonly string[]): boolean {
  return progress.heard.some(({ type }) => types.includes(type));
}
