import { describe, expect, it } from 'vitest';
import type { StoredEvent } from '../db/event-queue.ts';
import { messageOf } from '../domain/errors.ts';
import { journeys } from '../domain/journeys/catalogue.ts';
import { checkTriggers } from '../events/check-triggers.ts';
import { completeSet } from '../events/complete-set.ts';
import { expectedRuns } from '../events/dispatch-event.ts';
import { triggers } from '../events/trigger-catalogue.ts';
import { allOf, fitsResource, journey, trigger, workflow } from '../events/triggers.ts';

const known = { journeys: new Set(journeys.map(({ id }) => id)), workflows: new Set(['campaign']) };
const at = (minutes: number) => new Date(Date.UTC(2026, 10, 21, 9, minutes));

function event(more: Partial<StoredEvent> = {}): StoredEvent {
  return {
    id: 311,
    eventId: 'msg_1',
    type: 'lead.opted_in',
    resource: 'lead.42',
    contactId: 7,
    occurredAt: at(0),
    receivedAt: at(1),
    data: '{"email":"sarah@example.com"}',
    attempts: 1,
    ...more,
  };
}

const one = (id: number, type: string, minute: number) => ({
  id,
  type: `lead.${type}`,
  occurredAt: at(minute),
});

it.each([
  ['lead.*', 'lead.42', true],
  ['lead.*', 'lead.42.7', true],
  ['lead.*', 'lead-magnet.42', false],
  ['lead.*', 'lead', false],
  ['campaign.manual', 'campaign.manual', true],
  ['campaign.manual', 'campaign.manual2', false],
  [undefined, 'anything.1', true],
])('resource %s and %s: %s', (pattern, resource, fits) => {
  expect(fitsResource(pattern, resource)).toBe(fits);
});

describe('the shipped catalogue', () => {
  it('is usable', () => {
    expect(() => checkTriggers(triggers, known)).not.toThrow();
  });

  it('starts journeys for an opt-in, whose ids are the same at every look', () => {
    const run = { trigger: 'new-lead-handler', workflowId: 'journey/new-lead-handler/7/311' };
    const any = { trigger: 'lead-any', workflowId: 'journey/lead-stage/7/311' };
    expect(expectedRuns(event(), triggers)).toEqual([run, any]);
    expect(expectedRuns(event(), triggers)).toEqual([run, any]);
  });

  it('starts nothing for another resource, another type, nobody, or news of last month', () => {
    const changes = [
      { resource: 'lead-magnet.42' },
      { type: 'lead.booked' },
      { contactId: null },
      { occurredAt: new Date(at(0).getTime() - 30 * 86_400_000) },
    ];
    for (const change of changes) expect(expectedRuns(event(change), triggers)).toEqual([]);
  });
});

function problemsOf(wrong: Parameters<typeof checkTriggers>[0]): string {
  try {
    checkTriggers(wrong, known);
    return 'none';
  } catch (error) {
    return messageOf(error);
  }
}

it('names every problem of a catalogue at once', () => {
  const wrong = [
    trigger({ id: 'Twice', on: ['lead.opted_in'], start: journey('new-lead-handler') }),
    trigger({ id: 'twice', on: ['lead.opted_in'], start: journey('nowhere') }),
    trigger({ id: 'twice', on: [], resource: 'lead.**', start: workflow('absent'), map: () => ({}) }),
    trigger({
      id: 'set',
      on: allOf(['lead.opted_in'], { within: '0d' }),
      within: '1.5h' as '1h',
      start: journey('new-lead-handler'),
    }),
    trigger({ id: 'typo', on: ['lead.opted_inn' as 'lead.opted_in'], start: journey('new-lead-handler') }),
  ];
  const said = [
    'Twice: an id is lower case words',
    'twice: there is no journey "nowhere"',
    'twice: another trigger has the same id',
    'twice: it names no event type',
    'twice: resource "lead.**"',
    'twice: there is no workflow "absent"',
    'set: allOf needs two types',
    'set: "0d" is no duration',
    'set: "1.5h" is no duration',
    'typo: nobody declared the event type "lead.opted_inn"',
  ];
  const told = problemsOf(wrong);
  for (const problem of said) expect(told).toContain(problem);
});

it('makes triggers for campaigns possible: typed data goes into the workflow', () => {
  const published = trigger({
    id: 'campaign-published',
    on: ['campaign.published'],
    resource: 'campaign.*',
    start: workflow('campaign'),
    map: ({ data }) => ({ campaign: data.campaign_id }),
  });
  const manual = trigger({
    id: 'campaign-manual',
    on: ['trigger.now'],
    resource: 'campaign.manual',
    start: workflow('campaign'),
    map: () => ({}),
  });
  expect(() => checkTriggers([published, manual], known)).not.toThrow();
});

describe('a set of types', () => {
  const types = ['lead.opted_in', 'lead.assessment_complete', 'lead.booked'];
  const set = (waiting: ReturnType<typeof one>[], withinMinutes = 60) => {
    const current = waiting.at(-1);
    if (current === undefined) throw new Error('a set needs an event');
    return completeSet({ types, waiting, current, withinMs: withinMinutes * 60_000 });
  };

  it.each([
    [['opted_in', 'assessment_complete', 'booked']],
    [['opted_in', 'booked', 'assessment_complete']],
    [['assessment_complete', 'opted_in', 'booked']],
    [['assessment_complete', 'booked', 'opted_in']],
    [['booked', 'opted_in', 'assessment_complete']],
    [['booked', 'assessment_complete', 'opted_in']],
  ])('is complete with the last of them: %s', (order) => {
    const waiting = order.map((type, index) => one(index + 1, type, index));
    expect(set(waiting.slice(0, 1))).toBeUndefined();
    expect(set(waiting.slice(0, 2))).toBeUndefined();
    expect(set(waiting)?.toSorted()).toEqual([1, 2, 3]);
  });

  it('is complete also when the last that comes happened first', () => {
    expect(set([one(1, 'opted_in', 20), one(2, 'booked', 30), one(3, 'assessment_complete', 0)])).toEqual([
      1, 3, 2,
    ]);
  });

  it('takes nothing that is further apart, measured from the first to the last', () => {
    const far = [one(1, 'opted_in', 0), one(2, 'booked', 50), one(3, 'assessment_complete', 25)];
    expect(set(far, 50)).toBeDefined();
    expect(set(far, 49)).toBeUndefined();
  });

  it('takes the latest of several of a type', () => {
    const waiting = [
      one(1, 'opted_in', 0),
      one(2, 'opted_in', 5),
      one(3, 'booked', 6),
      one(4, 'assessment_complete', 7),
    ];
    expect(set(waiting)).toEqual([2, 4, 3]);
  });
});
