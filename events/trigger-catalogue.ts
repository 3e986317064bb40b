import { journey, type Trigger, type TriggerEvent, trigger, workflow } from './triggers.ts';

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
  trigger({
    id: 'campaign-published',
    on: ['campaign.published'],
    resource: 'campaign.*',
    start: workflow('campaign'),
    map: (event) => ({ campaign: event.data.campaign_id, ...campaignRun(event) }),
  }),
  // The event half of a campaign that may have a schedule, too.
  trigger({
    id: 'campaign-manual',
    on: ['trigger.now'],
    resource: 'campaign.manual',
    start: workflow('campaign'),
    map: (event) => ({
      ...(event.data.campaign_id === undefined ? {} : { campaign: event.data.campaign_id }),
      ...campaignRun(event),
    }),
  }),
];

/** Ids of the journeys that an event type starts; for the check of journeys that could start each other for ever. */
export function journeysStartedBy(eventType: string): readonly string[] {
  return triggers.flatMap(({ types, start }) =>
    start.kind === 'journey' && types.includes(eventType) ? [start.journey] : [],
  );
}

/** One run an event. A sender's clock that is ahead does not delay it. */
function campaignRun({ id, occurredAt, receivedAt }: Pick<TriggerEvent, 'id' | 'occurredAt' | 'receivedAt'>) {
  const asOf = (occurredAt < receivedAt ? occurredAt : receivedAt).toISOString();
  return { name: `event-${id}`, eventId: id, asOf };
}
