import { describe, expect, it } from 'vitest';
import { cron, defineSchedule } from '../schedules/define.ts';
import { loadCatalogue } from '../schedules/load.ts';
import { parseSpan, spanText } from '../schedules/span.ts';
import { stagger } from '../schedules/stagger.ts';
import { writeCatalogue } from './support/own-temporal.ts';

function settings(catalogue: string | undefined, profile: 'production' | 'development' = 'production') {
  return {
    reportTimezone: 'Europe/Berlin',
    temporal: { address: '127.0.0.1:1', namespace: 'default', taskQueue: 'sluice' },
    schedule: { catalogue, profile },
  };
}

const load = (body: string, profile: 'production' | 'development' = 'production') =>
  loadCatalogue(settings(writeCatalogue(body), profile));

/** The lines of the one error that a catalogue gives. */
async function problemsOf(body: string): Promise<readonly string[]> {
  const error = await load(body).then(
    () => undefined,
    (thrown: Error) => thrown,
  );
  return (error?.message ?? 'no error')
    .split('\n')
    .slice(1)
    .map((line) => line.trim());
}

const REST = `timezone: 'UTC', start: { workflow: 'x' }, overlap: 'skip', catchUp: 'skip', note: 'n'`;

const shippedIds = async (profile: 'production' | 'development') =>
  (await loadCatalogue(settings(undefined, profile))).map(({ id }) => id);

describe('the shipped catalogue', () => {
  it('is usable in both profiles, with ids of their own', async () => {
    const production = [
      'artefact-prune',
      'campaign-review',
      'conversion-report',
      'event-relay',
      'funnel-sync',
      'hot-lead-check',
      'lead-scoring',
      'marketing-report',
      'reports-sync',
      'schedule-catch-up',
      'schedule-horizon',
    ];
    expect(await shippedIds('production')).toEqual(production);
    expect(await shippedIds('development')).toEqual(production.map((id) => `dev-${id}`));
  });

  it('takes the zone of the report from the settings', async () => {
    const catalogue = await loadCatalogue(settings(undefined));
    expect(catalogue.find(({ id }) => id === 'conversion-report')?.timezone).toBe('Europe/Berlin');
  });
});

describe('a catalogue', () => {
  it('is made of schedules, arrays of them and functions of the settings', async () => {
    const catalogue = await load(`
      export const one = defineSchedule({ id: 'one', when: every('15m'), ${REST} });
      export const more = [2, 3].map((n) => defineSchedule({ id: 'n-' + n, when: cron('0 ' + n + ' * * *'), ${REST} }));
      export default ({ reportTimezone }) => [defineSchedule({ id: 'four', when: manual(), ${REST}, timezone: reportTimezone })];
    `);
    expect(catalogue.map(({ id, whenText, timezone }) => [id, whenText, timezone])).toEqual([
      ['four', 'manual', 'Europe/Berlin'],
      ['n-2', 'cron 0 2 * * *', 'UTC'],
      ['n-3', 'cron 0 3 * * *', 'UTC'],
      ['one', 'every 15m', 'UTC'],
    ]);
  });

  it('fills in what is not said', async () => {
    const [one] = await load(
      `export const one = defineSchedule({ id: 'one', when: every('15m'), ${REST} });`,
    );
    expect(one).toMatchObject({
      taskQueue: 'sluice',
      args: [],
      catchUpWithin: 6 * 3_600_000,
      catchUpAtMost: 100,
      jitter: 0,
      startPaused: false,
      formerIds: [],
    });
  });

  it('takes what is different in the development profile', async () => {
    const body = `export const one = defineSchedule({ id: 'one', formerIds: ['uno'], when: cron('0 8 * * *'), ${REST},
      development: { when: every('10s'), startPaused: true } });`;
    expect(await load(body, 'development')).toMatchObject([
      {
        id: 'dev-one',
        formerIds: ['dev-uno'],
        whenText: 'every 10s',
        startPaused: true,
        profile: 'development',
      },
    ]);
    expect(await load(body)).toMatchObject([{ id: 'one', whenText: 'cron 0 8 * * *', startPaused: false }]);
  });

  it('names every problem at once: id, field, value and what would be right', async () => {
    expect(
      await problemsOf(`
        export const a = defineSchedule({ id: 'Not_Good', when: every('15m'), ${REST} });
        export const b = defineSchedule({ id: 'b', when: every('15m'), ${REST}, timezone: 'Europe/Berlni', overlap: 'maybe', catchUpAtMost: 2000 });
        export const c = defineSchedule({ id: 'c', when: rrule('FREQ=DAILY;BYHOUR=25'), ${REST} });
        export const d = defineSchedule({ id: 'd', when: cron('0 8 * * *'), ${REST}, catchUpWithin: '6 hours', jiter: '5s' });
        export const e = defineSchedule({ id: 'e', when: '0 8 * * *', timezone: 'UTC', start: { workflow: '' }, overlap: 'skip', note: 'n' });
        export const f = { every: '15m' };
        export const g = () => { throw new Error('no luck'); };
        export const h = defineSchedule({ id: 'dev-h', when: every('soon'), ${REST} });
      `),
    ).toEqual([
      'export f holds no schedule; defineSchedule(…) makes one (it is {"every":"15m"})',
      'export g: no luck',
      'Not_Good: id must be lower case words joined by hyphens, like funnel-sync (it is "Not_Good")',
      'b: timezone must be an IANA time zone, like UTC or Europe/Berlin (it is "Europe/Berlni")',
      'b: overlap must be one of skip, bufferOne, bufferAll, cancelOther, terminateOther, allowAll (it is "maybe")',
      'b: catchUpAtMost must be a whole number from 1 to 1000 (it is 2000)',
      expect.stringMatching(/^c: when \(FREQ=DAILY;BYHOUR=25\): .*BYHOUR.*25/),
      'd: catchUpWithin must be a span of time: 90s, 15m, 6h, 2d, 1w (it is "6 hours")',
      expect.stringMatching(/^d: jiter is unknown; known are id, formerIds, when, timezone, /),
      'e: when must be every(…), cron(…), calendar(…), rrule(…), once(…) or manual() (it is "0 8 * * *")',
      'e: start.workflow must not be empty (it is "")',
      'e: catchUp is missing; it must be one of skip, latest, all',
      'dev-h: id must not begin with dev-, which marks the development profile (it is "dev-h")',
      'dev-h: when.every must be a span of time: 90s, 15m, 6h, 2d, 1w (it is "soon")',
    ]);
  });

  it('has each id once, former ones included', async () => {
    expect(
      await problemsOf(`
        export const a = defineSchedule({ id: 'a', formerIds: ['old'], when: every('15m'), ${REST} });
        export const b = defineSchedule({ id: 'b', formerIds: ['old'], when: every('15m'), ${REST} });
        export const c = defineSchedule({ id: 'a', when: every('15m'), ${REST} });
      `),
    ).toEqual([
      'a: id must be unique, also among formerIds (it is there 2 times)',
      'old: id must be unique, also among formerIds (it is there 2 times)',
    ]);
  });

  it('refuses a rule that never fires, and takes one whose times are over', async () => {
    expect(
      await problemsOf(
        `export const a = defineSchedule({ id: 'a', when: rrule('FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30'), ${REST} });`,
      ),
    ).toEqual([expect.stringMatching(/^a: when \(.*\): never fires/)]);
    const over = await load(`
      export const a = defineSchedule({ id: 'a', when: once('2020-01-01T00:00:00Z'), ${REST} });
      export const b = defineSchedule({ id: 'b', when: rrule('DTSTART:20200101T000000Z\\nRRULE:FREQ=DAILY;COUNT=3'), ${REST} });
    `);
    expect(over.map(({ id }) => id)).toEqual(['a', 'b']);
  });

  it('refuses a module that cannot be loaded', async () => {
    await expect(loadCatalogue(settings('/nowhere/catalogue.ts'))).rejects.toThrow(
      /^the schedule catalogue \/nowhere\/catalogue\.ts cannot be loaded: /,
    );
  });
});

const daily = (id: string) => (at: { readonly hour: number; readonly minute: number }) =>
  defineSchedule({
    id,
    when: cron(`${at.minute} ${at.hour} * * *`),
    timezone: 'UTC',
    start: { workflow: 'x' },
    overlap: 'skip',
    catchUp: 'skip',
    note: 'n',
  });

it('staggers starts, and refuses to run into the next day', () => {
  const staggered = stagger({ from: '08:45', by: '30m' }, [daily('a'), daily('b'), daily('c')]);
  expect(staggered.map(({ when }) => when)).toEqual([
    cron('45 8 * * *'),
    cron('15 9 * * *'),
    cron('45 9 * * *'),
  ]);
  expect(() => stagger({ from: '23:45', by: '30m' }, [daily('a'), daily('b')])).toThrow('number 2');
  expect(() => stagger({ from: '8:5', by: '30m' }, [])).toThrow('"8:5"');
});

it('reads and writes spans of time', () => {
  expect(['90s', '15m', '6h', '2d', '1w'].map((span) => spanText(parseSpan(span)))).toEqual([
    '90s',
    '15m',
    '6h',
    '2d',
    '1w',
  ]);
  for (const wrong of ['', '15', 'm', '1.5h', '-1h', '15 m', '15min']) {
    expect(() => parseSpan(wrong)).toThrow('is not a span of time');
  }
});
