import { globSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, it } from 'vitest';
import {
  branch,
  defineJourney,
  emit,
  notify,
  send,
  split,
  startJourney,
  update,
  wait,
  waitFor,
} from '../domain/journeys/build.ts';
import { CHANNELS, findJourney, journeys } from '../domain/journeys/catalogue.ts';
import { assertJourneys, checkJourneys } from '../domain/journeys/check.ts';
import { type JourneyDefinition, listensTo } from '../domain/journeys/definition.ts';
import { diagramOf } from '../domain/journeys/diagram.ts';
import { spanText } from '../domain/journeys/durations.ts';
import { definitionHash } from '../domain/journeys/hash.ts';
import { difference, shareOf } from '../domain/journeys/interval.ts';
import { nextLocalTime } from '../domain/journeys/local-time.ts';
import { holds } from '../domain/journeys/predicate.ts';
import { segmentOf } from '../domain/journeys/segment.ts';
import { drawArm } from '../domain/journeys/split.ts';
import { type SupposedEvent, type TimetableInput, timetableOf } from '../domain/journeys/timetable.ts';
import { welcome } from './support/journeys/welcome.ts';
import { scratchFolder } from './support/scratch.ts';

const TEMPLATES = new Set([
  'nurture-invitation',
  'nurture-2-critical',
  'nurture-2-urgent',
  'nurture-2-optimize',
  'nurture-3',
  'nurture-4',
  'nurture-5-critical',
  'nurture-5-urgent',
  'nurture-5-optimize',
]);
const HOUR = 3_600_000;
const plain = { version: 1, reEntry: 'never' } as const;

describe('a definition', () => {
  it('is frozen through and through, and plain JSON', () => {
    const journey = findJourney('nurture-on-assessment');
    expect(() => {
      (journey.steps as unknown[]).push('more');
    }).toThrow(TypeError);
    expect(Object.isFrozen(journey.whenever[0]?.steps)).toBe(true);
    expect(JSON.parse(JSON.stringify(journey))).toEqual(journey);
  });

  it('has one hash however its parts are ordered, and another when anything changes', () => {
    const journey = findJourney('new-lead-handler');
    const turned = Object.fromEntries(Object.entries(journey).toReversed()) as unknown as JourneyDefinition;
    expect(definitionHash(turned)).toBe(definitionHash(journey));
    expect(definitionHash({ ...journey, exitOn: [] })).not.toBe(definitionHash(journey));
  });

  it('names steps by themselves, and counts up those that say the same', () => {
    const { steps } = defineJourney({
      id: 'a',
      ...plain,
      steps: [wait('24h'), wait('24h'), send('x', { id: 'y' })],
    });
    expect(steps.map(({ id }) => id)).toEqual(['wait-24h', 'wait-24h-2', 'y']);
  });

  it('listens to exits, reactions and what it waits for, and to nothing else', () => {
    expect([...listensTo(welcome)].toSorted()).toEqual(['lead.booked', 'mail.clicked']);
    expect(listensTo(findJourney('nurture-on-assessment')).has('lead.assessment_complete')).toBe(true);
  });
});

describe('the check at load', () => {
  it('finds nothing wrong with the shipped journeys', () => {
    expect(() =>
      assertJourneys(journeys, { templates: TEMPLATES, channels: new Set(CHANNELS) }),
    ).not.toThrow();
  });

  it('tells every problem at once', () => {
    const wrong = defineJourney({
      id: 'Wrong',
      version: 0,
      steps: [
        send('unknown', { id: 'same' }),
        wait('soon' as '1h', { id: 'same' }),
        wait({ localTime: '25:00', weekdays: [8] }, { id: 'at' }),
        waitFor('click', { timeout: '0h' }),
        split('x', { a: 60, b: 50 }, {}),
        branch({ field: 'a b', op: 'known' }, { yes: [], no: [] }),
        update({}),
        notify('nowhere', 'x'),
        emit('nothing'),
        startJourney('nobody'),
      ],
      exitOn: ['lead.booked', 'lead.booked'],
      whenever: { 'lead.booked': [], 'lead.seen': [send('nurture-3')] },
      reEntry: { every: 'now' as '1d' },
      window: { from: '09:00', to: '9' },
    });
    expect(checkJourneys([wrong], { templates: TEMPLATES, channels: new Set(CHANNELS) })).toEqual([
      'Wrong: its id must be small letters, digits, dots and hyphens, at most 80',
      'Wrong: version 0 is not a whole number from 1',
      'Wrong: two steps have the id same',
      'Wrong: exitOn names lead.booked twice',
      'Wrong: lead.booked ends the journey, so nothing can be done whenever it comes',
      'Wrong: reEntry every now is no duration (like 30d)',
      'Wrong: window: 9 is no time like 08:00',
      'Wrong: step same: there is no template unknown',
      'Wrong: step same: soon is no duration (like 24h)',
      'Wrong: step at: 25:00 is no time like 09:00',
      'Wrong: step at: 8 is no weekday (Monday is 1, Sunday 7)',
      'Wrong: step wait-for-click: click is no event type',
      'Wrong: step wait-for-click: timeout 0h is no duration (like 48h)',
      'Wrong: step split-x: the weights add up to 110 and not to 100',
      'Wrong: step branch: a b is no field of a contact',
      'Wrong: step update: it updates nothing',
      'Wrong: step notify-nowhere: there is no channel nowhere',
      'Wrong: step emit-nothing: nothing is no event type',
      'Wrong: step start-nobody: there is no journey nobody',
      'Wrong: step nurture-3: a send cannot be done whenever lead.seen comes',
    ]);
  });

  it('refuses journeys that start each other without end and without waiting', () => {
    const a = defineJourney({ id: 'a', ...plain, steps: [startJourney('b')] });
    const b = defineJourney({ id: 'b', ...plain, steps: [wait('59m'), startJourney('a')] });
    expect(checkJourneys([a, b])).toEqual(['a: endless loop without waiting: a → b → a']);
    expect(() => assertJourneys([a, b])).toThrow('endless loop');
    const patient = defineJourney({ id: 'b', ...plain, steps: [wait('1h'), startJourney('a')] });
    expect(checkJourneys([a, patient])).toEqual([]);
  });

  it('refuses loops by way of events, be it a trigger or a reaction', () => {
    const again = defineJourney({ id: 'again', ...plain, steps: [emit('lead.again')] });
    expect(checkJourneys([again], { startedBy: (type) => (type === 'lead.again' ? ['again'] : []) })).toEqual(
      ['again: endless loop without waiting: again → again'],
    );
    const echo = defineJourney({
      id: 'echo',
      ...plain,
      steps: [send('x')],
      whenever: { 'lead.echo': [emit('lead.echo')] },
    });
    expect(checkJourneys([echo])).toHaveLength(1);
  });

  it('refuses a step that holds itself', () => {
    const arms: { yes: unknown[]; no: unknown[] } = { yes: [], no: [] };
    const step = { kind: 'branch', id: 'x', by: { kind: 'segment' }, arms };
    arms.yes.push(step);
    const endless = { ...welcome, id: 'endless', steps: [step] } as unknown as JourneyDefinition;
    expect(checkJourneys([endless])).toEqual(['endless: endless loop: a step holds itself']);
  });
});

it.each([
  [2, 0, 'critical'],
  [8, 0, 'critical'],
  [2, 1, 'critical'],
  [1, 0, 'urgent'],
  [1, 7, 'urgent'],
  [0, 2, 'urgent'],
  [0, 1, 'optimize'],
  [0, 0, 'optimize'],
] as const)('puts red %i and orange %i into %s', (red, orange, segment) => {
  expect(segmentOf({ red, orange })).toBe(segment);
});

describe('a condition', () => {
  const facts = { score: 50, city: 'Graz', vip: false };
  it.each([
    [{ field: 'score', op: 'gte', value: 50 }, true],
    [{ field: 'score', op: 'lt', value: 50 }, false],
    [{ field: 'city', op: 'in', value: ['Graz', 'Wien'] }, true],
    [{ field: 'vip', op: 'known' }, true],
    [{ field: 'age', op: 'ne', value: 3 }, false],
    [{ not: { field: 'age', op: 'known' } }, true],
    [{ field: 'score', op: 'gt', value: '5' }, false],
    [
      { all: [{ field: 'score', op: 'eq', value: 50 }, { any: [{ field: 'vip', op: 'eq', value: true }] }] },
      false,
    ],
  ] as const)('%j is %s', (predicate, expected) => {
    expect(holds(predicate, facts)).toBe(expected);
  });
});

describe('a split', () => {
  const weights = { a: 50, b: 40, holdout: 10 };
  const draws = Array.from({ length: 20_000 }, (_, index) =>
    drawArm({ experiment: 'subject', contactId: index + 1, weights }),
  );

  it('falls on the arms as they are weighted', () => {
    for (const [arm, percent] of Object.entries(weights)) {
      const share = (draws.filter((drawn) => drawn === arm).length / draws.length) * 100;
      expect(Math.abs(share - percent)).toBeLessThan(1.5);
    }
  });

  it('gives a person the same arm again, and draws anew for another experiment', () => {
    const again = draws.map((_, index) => drawArm({ experiment: 'subject', contactId: index + 1, weights }));
    const other = draws.map((_, index) => drawArm({ experiment: 'other', contactId: index + 1, weights }));
    expect(again).toEqual(draws);
    const agreeing = other.filter((arm, index) => arm === draws[index]).length / draws.length;
    // 0.5² + 0.4² + 0.1² by chance alone.
    expect(Math.abs(agreeing - 0.42)).toBeLessThan(0.02);
  });

  it('never falls on an arm of weight 0', () => {
    const none = draws.map((_, id) =>
      drawArm({ experiment: 'x', contactId: id, weights: { a: 0, b: 100, c: 0 } }),
    );
    expect(new Set(none)).toEqual(new Set(['b']));
  });
});

describe('the next local time', () => {
  it.each([
    ['2026-11-20T07:59:00Z', 'Europe/Berlin', '2026-11-20T08:00:00Z'],
    ['2026-11-20T08:00:00Z', 'Europe/Berlin', '2026-11-20T08:00:00Z'],
    // Friday after nine: the next working day is Monday.
    ['2026-11-20T08:01:00Z', 'Europe/Berlin', '2026-11-23T08:00:00Z'],
    // Over the change of clocks of 29 March: 09:00 is an hour earlier in UTC.
    ['2026-03-27T12:00:00Z', 'Europe/Berlin', '2026-03-30T07:00:00Z'],
    ['2026-03-27T12:00:00Z', 'America/New_York', '2026-03-27T13:00:00Z'],
  ])('from %s in %s is %s', (from, zone, at) => {
    const next = nextLocalTime({
      from: Date.parse(from),
      localTime: '09:00',
      weekdays: [1, 2, 3, 4, 5],
      zone,
    });
    expect(next).toBe(Date.parse(at));
  });

  it.each([
    ['that spring leaves out after the gap', '2026-03-28T12:00:00Z', '2026-03-29T01:30:00Z'],
    ['that autumn repeats the first time', '2026-10-24T12:00:00Z', '2026-10-25T00:30:00Z'],
  ])('takes a time %s', (_, from, at) => {
    const zone = 'Europe/Berlin';
    const next = nextLocalTime({ from: Date.parse(from), localTime: '02:30', weekdays: undefined, zone });
    expect(next).toBe(Date.parse(at));
  });
});

describe('the interval of a share', () => {
  it('is that of Wilson', () => {
    // Values of R's prop.test(…, correct = FALSE).
    expect(shareOf({ hits: 8, of: 10 })?.low).toBeCloseTo(0.4902, 4);
    expect(shareOf({ hits: 8, of: 10 })?.high).toBeCloseTo(0.9433, 4);
    expect(shareOf({ hits: 0, of: 20 })).toMatchObject({ share: 0, low: 0 });
    expect(shareOf({ hits: 0, of: 20 })?.high).toBeCloseTo(0.1611, 4);
    expect(shareOf({ hits: 0, of: 0 })).toBeUndefined();
  });

  it("of a difference is Newcombe's", () => {
    // His example: 56 of 70 and 48 of 80 differ by 0.2, from 0.0524 to 0.3339.
    const [one, other] = [shareOf({ hits: 56, of: 70 }), shareOf({ hits: 48, of: 80 })];
    if (one === undefined || other === undefined) throw new Error('there are people');
    const found = difference(one, other);
    expect(found.share).toBeCloseTo(0.2, 6);
    expect(found.low).toBeCloseTo(0.0524, 4);
    expect(found.high).toBeCloseTo(0.3339, 4);
  });
});

/** Mails of a timetable: step, and hours after the begin. */
function mails(input: TimetableInput): readonly (readonly [step: string | undefined, hours: number])[] {
  return timetableOf(input)
    .filter(({ what }) => what.startsWith('mail nurture') || what.startsWith('mail welcome'))
    .map((entry) => [entry.step, (entry.at - input.at) / HOUR]);
}

const assessedAgain = (at: number): SupposedEvent => ({
  type: 'lead.assessment_complete',
  at,
  fields: { red: 3 },
});

describe('the timetable', () => {
  const at = Date.parse('2026-11-20T10:00:00Z');
  const nurture = findJourney('nurture-on-assessment');
  const base = { definition: nurture, at, zone: 'Europe/Berlin', contactId: 42, events: [] };
  it.each(['critical', 'urgent', 'optimize'] as const)('of the nurture has four mails for %s', (segment) => {
    const red = { critical: 2, urgent: 1, optimize: 0 }[segment];
    expect(mails({ ...base, facts: { red, orange: 0 } })).toEqual([
      [`nurture-2-${segment}`, 24],
      ['nurture-3', 72],
      ['nurture-4', 120],
      [`nurture-5-${segment}`, 168],
    ]);
  });

  it('gives the reason of every way', () => {
    const entries = timetableOf({ ...base, facts: { red: 2, orange: 1 } });
    expect(entries.filter(({ what }) => what.startsWith('way'))).toMatchObject([
      { step: 'alert', what: 'way: critical', why: 'red = 2, orange = 1' },
      { step: 'segment', what: 'way: critical', why: 'red = 2, orange = 1' },
      { step: 'last-by-segment', what: 'way: critical', why: 'as before (segment)' },
    ]);
  });

  it('takes a second assessment into account before mail 2 and not after', () => {
    const facts = { red: 0, orange: 0 };
    expect(mails({ ...base, facts, events: [assessedAgain(at + 10 * HOUR)] }).map(([step]) => step)).toEqual([
      'nurture-2-critical',
      'nurture-3',
      'nurture-4',
      'nurture-5-critical',
    ]);
    const later = timetableOf({ ...base, facts, events: [assessedAgain(at + 26 * HOUR)] });
    expect(later.filter(({ step }) => step?.startsWith('nurture')).map(({ step }) => step)).toEqual([
      'nurture-2-optimize',
      'nurture-3',
      'nurture-4',
      'nurture-5-optimize',
    ]);
    expect(later.some(({ what, why }) => what.startsWith('tell sales') && why === 'reaction')).toBe(true);
  });

  it('ends at an exit', () => {
    const events = [{ type: 'lead.booked', at: at + 26 * HOUR, fields: {} }];
    const entries = timetableOf({ ...base, facts: {}, events });
    expect(entries.at(-1)).toMatchObject({ at: at + 26 * HOUR, what: 'exited', why: 'lead.booked' });
  });

  it('holds mails back to the send window of the person', () => {
    const definition = { ...nurture, window: { from: '08:00', to: '10:00', weekdays: [1, 2, 3, 4, 5] } };
    // Due Saturday 10:00 UTC: goes on Monday 08:00 in Berlin; the third is due that day at 11:00 there, too late for it.
    expect(mails({ ...base, definition, facts: {} })).toEqual([
      ['nurture-2-optimize', 24 + 45],
      ['nurture-3', 72 + 21],
      ['nurture-4', 120 + 21],
      ['nurture-5-optimize', 168 + 69],
    ]);
  });

  it('shows both ends of a wait for an event', () => {
    const input = { ...base, definition: welcome, facts: {}, contactId: undefined };
    expect(mails(input).map(([step]) => step)).toEqual(['welcome-short', 'welcome-reminder', 'welcome-last']);
    const events = [{ type: 'mail.clicked', at: at + HOUR, fields: { interested: true } }];
    expect(mails({ ...input, events }).map(([step]) => step)).toEqual(['welcome-short']);
  });
});

it('draws every step, exits and reactions as Mermaid', () => {
  const text = diagramOf(findJourney('nurture-on-assessment'));
  expect(text).toMatch(/^flowchart TD\n/);
  expect(text).toContain('[/"mail nurture-3"/]');
  expect(text).toContain('whenever lead.assessment_complete');
  expect(text).toContain('lead.booked');
  expect(diagramOf(welcome)).toContain('"holdout 10 %"');
});

describe('docs/journeys.md', () => {
  const text = readFileSync(join(import.meta.dirname, '../docs/journeys.md'), 'utf8');

  it('has a journey that loads, and the preview of it', async () => {
    const [, code = ''] = /```ts\n(.*?)```/s.exec(text) ?? [];
    const folder = scratchFolder();
    const build = pathToFileURL(join(import.meta.dirname, '../domain/journeys/build.ts')).href;
    writeFileSync(join(folder, 'example.ts'), code.replace('../build.ts', build));
    const { callReminder } = (await import(pathToFileURL(join(folder, 'example.ts')).href)) as {
      callReminder: JourneyDefinition;
    };
    expect(checkJourneys([callReminder])).toEqual([]);
    const at = Date.parse('2026-11-20T10:00:00Z');
    const entries = timetableOf({
      definition: callReminder,
      at,
      facts: { score: 40 },
      zone: 'Europe/Berlin',
      contactId: undefined,
      events: [],
    });
    const rows = [...text.matchAll(/^│ (\S+(?: \d+h)?) *│ (2026-[^│]*?) *│ ([^│]*?) *│/gm)];
    expect(rows.map(([, after, , what]) => [after, what])).toEqual(
      entries.map((entry) => [spanText(entry.at - at), entry.what]),
    );
  });

  it('has the diagram of the invitation', () => {
    const [, drawn] = /```mermaid\n(.*?)```/s.exec(text) ?? [];
    expect(drawn).toBe(diagramOf(findJourney('new-lead-handler')));
  });

  it('names tests that exist', () => {
    const tests = globSync(join(import.meta.dirname, '*.test.ts'))
      .map((file) => readFileSync(file, 'utf8'))
      .join('\n');
    const named = [...text.matchAll(/“([^”]+)”/g)].map(([, name = '']) => name);
    expect(named.length).toBeGreaterThan(10);
    expect(named.filter((name) => !tests.includes(name))).toEqual([]);
  });
});
