import { journey, type Trigger, trigger } from './triggers.ts';

/**
 * What events start: the one place where it is declared. Data of the types is declared beside, in event-types.ts.
 * A trigger for a workflow names its type: `start: workflow('…'), map: (event) => ({ … })`.
 */
export const triggers: readonly Trigger[] = [
  trigger({
    id: 'new-lead-handler',
    on: ['lead.opted_in'],
    resource: 'lead.*',
    // Who is imported with an old opt-in is not greeted as if it were today.
    within: '7d',
    start: journey('new-lead-handler'),
  }),
  trigger({
    id: 'nurture-on-assessment',
    on: ['lead.assessment_complete'],
    resource: 'lead.*',
    within: '7d',
    start: journey('nurture-on-assessment'),
  }),
  trigger({
    id: 'lead-any',
    on: ['lead.opted_in', 'lead.assessment_complete'],
    resource: 'lead.*',
    within: '7d',
    start: journey('lead-stage'),
  }),
];

/** Ids of the journeys that an event type starts; for the check of journeys that could start each other for ever. */
export function journeysStartedBy(eventType: string): readonly string[] {
  return triggers.flatMap(({ types, start }) =>
    start.kind === 'journey' && types.includes(eventType) ? [start.journey] : [],
  );
}
