import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runDoctor } from '../cli/doctor.ts';
import { applySchedules } from '../schedules/apply.ts';
import { cancelOnce, runOnceAt, skipAt, unskip } from '../schedules/exceptions.ts';
import { loadCatalogue } from '../schedules/load.ts';
import { planSchedules } from '../schedules/plan.ts';
import type { ResolvedSchedule } from '../schedules/resolved.ts';
import { extendBack, rollSchedules } from '../schedules/roll.ts';
import { ask } from '../schedules/server/ask.ts';
import { describeSchedule } from '../schedules/server/describe.ts';
import { rawTime } from '../schedules/server/encode.ts';
import { sluice } from './support/command.ts';
import { type OwnTemporal, startOwnTemporal, withHook, writeCatalogue } from './support/own-temporal.ts';
import { scratchFolder } from './support/scratch.ts';

let temporal: OwnTemporal;
beforeAll(async () => {
  temporal = await startOwnTemporal();
});
afterAll(() => temporal.end());

const DAY_MS = 86_400_000;
const now = new Date();
/** Next year, so that its times are to come. */
const YEAR = now.getUTCFullYear() + 1;

const REST = `timezone: 'Europe/Berlin', start: { workflow: 'x' }, overlap: 'skip', catchUp: 'skip', note: 'n'`;

/** Applies a catalogue of one schedule. */
async function applied(
  id: string,
  when: string,
  { at = now }: { readonly at?: Date } = {},
): Promise<ResolvedSchedule> {
  const [schedule] = await loadCatalogue({
    reportTimezone: 'UTC',
    temporal: { address: temporal.address, namespace: 'default', taskQueue: `queue-of-${id}` },
    schedule: {
      catalogue: writeCatalogue(`export default defineSchedule({ ${REST}, id: '${id}', when: ${when} });`),
      profile: 'production',
    },
  });
  if (schedule === undefined) throw new Error('no schedule');
  await apply(schedule, at);
  return schedule;
}

/** Each schedule belongs to an installation of its own. */
const ownerOf = ({ taskQueue }: ResolvedSchedule) => ({ profile: 'production', taskQueue }) as const;

async function apply(schedule: ResolvedSchedule, at = now): Promise<readonly string[]> {
  const ground = { client: temporal.client, ...ownerOf(schedule), now: at };
  const done = await applySchedules({ ...ground, catalogue: [schedule] });
  return done.map(({ outcome }) => outcome);
}

async function actionFor(schedule: ResolvedSchedule, at = now) {
  const [planned] = await planSchedules({
    client: temporal.client,
    catalogue: [schedule],
    ...ownerOf(schedule),
    now: at,
  });
  return { action: planned?.action, fields: planned?.changes.map(({ field }) => field) };
}

/** What the server will do, between two instants. */
async function serverTimes(id: string, from: string, to: string): Promise<readonly string[]> {
  const { startTime } = await ask(temporal.client, () =>
    temporal.client.workflowService.listScheduleMatchingTimes({
      namespace: 'default',
      scheduleId: id,
      startTime: rawTime(Date.parse(from)),
      endTime: rawTime(Date.parse(to)),
    }),
  );
  return startTime.map(({ seconds }) => new Date(Number(seconds) * 1000).toISOString().replace('.000Z', 'Z'));
}

const input = (schedule: ResolvedSchedule, at: string) => ({
  client: temporal.client,
  schedule,
  owner: ownerOf(schedule),
  at: new Date(at),
  now,
});

const exceptionsOf = async (id: string) => (await describeSchedule(temporal.client, id))?.exceptions;

describe('skipping a run', () => {
  it('leaves out that time alone, survives apply, and can be taken back', async () => {
    const schedule = await applied('skipping', `cron('0 9 * * *')`);
    const window = ['skipping', `${YEAR}-01-04T00:00:00Z`, `${YEAR}-01-07T00:00:00Z`] as const;
    await skipAt(input(schedule, `${YEAR}-01-05T08:00:00Z`));
    expect(await serverTimes(...window)).toEqual([`${YEAR}-01-04T08:00:00Z`, `${YEAR}-01-06T08:00:00Z`]);
    expect(await actionFor(schedule)).toEqual({ action: 'unchanged', fields: [] });
    expect(await apply({ ...schedule, overlap: 'allowAll' })).toEqual(['updated']);
    expect(await serverTimes(...window)).toHaveLength(2);
    await unskip(input(schedule, `${YEAR}-01-05T08:00:00Z`));
    expect(await serverTimes(...window)).toHaveLength(3);
    await expect(unskip(input(schedule, `${YEAR}-01-05T08:00:00Z`))).rejects.toThrow('has no skipped run at');
  });

  it('refuses a time that the rule does not have, and names the nearest', async () => {
    const schedule = await applied('not-skipping', `cron('0 9 * * *')`);
    await expect(skipAt(input(schedule, `${YEAR}-01-05T09:00:00Z`))).rejects.toMatchObject({
      message: `not-skipping has no run at ${YEAR}-01-05T09:00:00Z`,
      hint: `The nearest are ${YEAR}-01-04T08:00:00Z, ${YEAR}-01-05T08:00:00Z, ${YEAR}-01-06T08:00:00Z, ${YEAR}-01-07T08:00:00Z.`,
    });
    await expect(skipAt(input(schedule, '2020-01-05T08:00:00Z'))).rejects.toThrow('is over');
  });

  it('works for a rule that is told time by time', async () => {
    const schedule = await applied('skip-listed', `rrule('FREQ=DAILY;BYHOUR=2;BYMINUTE=30')`);
    await skipAt(input(schedule, `${YEAR}-01-05T01:30:00Z`));
    expect(await serverTimes('skip-listed', `${YEAR}-01-04T12:00:00Z`, `${YEAR}-01-06T12:00:00Z`)).toEqual([
      `${YEAR}-01-06T01:30:00Z`,
    ]);
    expect((await actionFor(schedule)).action).toBe('unchanged');
  });

  it('keeps a pause that comes between the look and the write', async () => {
    const schedule = await applied('skip-raced', `cron('0 9 * * *')`);
    let isFirst = true;
    const client = withHook(temporal.client, {
      updateSchedule: async () => {
        if (isFirst) await temporal.client.schedule.getHandle('skip-raced').pause('wait');
        isFirst = false;
      },
    });
    await skipAt({ ...input(schedule, `${YEAR}-01-05T08:00:00Z`), client });
    expect(await describeSchedule(temporal.client, 'skip-raced')).toMatchObject({
      paused: true,
      note: 'wait',
      exceptions: [{ kind: 'skip', at: Date.UTC(YEAR, 0, 5, 8) / 1000 }],
    });
  });
});

describe('one run more', () => {
  it('runs then, also of a schedule that never runs by itself, and can be taken back', async () => {
    const schedule = await applied('once-more', 'manual()');
    const window = ['once-more', `${YEAR}-01-05T00:00:00Z`, `${YEAR}-01-06T00:00:00Z`] as const;
    await runOnceAt(input(schedule, `${YEAR}-01-05T08:17:30Z`));
    expect(await serverTimes(...window)).toEqual([`${YEAR}-01-05T08:17:30Z`]);
    expect((await actionFor(schedule)).action).toBe('unchanged');
    await cancelOnce(input(schedule, `${YEAR}-01-05T08:17:30Z`));
    expect(await serverTimes(...window)).toEqual([]);
  });

  it('refuses a time that it has anyway, and one that the clocks show twice', async () => {
    const schedule = await applied('once-refused', `cron('0 9 * * *')`);
    await expect(runOnceAt(input(schedule, `${YEAR}-01-05T08:00:00Z`))).rejects.toThrow('anyway');
    // Last Sunday of October, 02:30 in Berlin.
    const sunday = 31 - new Date(Date.UTC(YEAR, 9, 31)).getUTCDay();
    for (const hour of ['00', '01']) {
      await expect(runOnceAt(input(schedule, `${YEAR}-10-${sunday}T${hour}:30:00Z`))).rejects.toThrow(
        'which its clocks show twice that day',
      );
    }
    expect(await exceptionsOf('once-refused')).toEqual([]);
  });

  it('moves with a schedule that gets another zone or id', async () => {
    const schedule = await applied('once-moving', `cron('0 9 * * *')`);
    await runOnceAt(input(schedule, `${YEAR}-07-05T10:00:00Z`));
    expect(
      await apply({ ...schedule, id: 'once-moved', formerIds: ['once-moving'], timezone: 'UTC' }),
    ).toEqual(['renamed']);
    expect(await serverTimes('once-moved', `${YEAR}-07-05T09:00:00Z`, `${YEAR}-07-05T11:00:00Z`)).toEqual([
      `${YEAR}-07-05T10:00:00Z`,
    ]);
  });
});

describe('a rule that is told time by time', () => {
  const rule = `rrule('FREQ=DAILY;BYHOUR=2;BYMINUTE=30')`;

  it('is rolled forward before its times run out, and is no drift until then', async () => {
    const schedule = await applied('rolling', rule);
    const roll = async (days: number) => {
      const horizons = await rollSchedules({
        client: temporal.client,
        catalogue: [schedule],
        ...ownerOf(schedule),
        now: new Date(now.getTime() + days * DAY_MS),
      });
      return horizons.map(({ id, until, rolled }) => ({
        id,
        days: Math.floor((until.getTime() - now.getTime()) / DAY_MS),
        rolled,
      }));
    };
    expect(await roll(0)).toEqual([{ id: 'rolling', days: 400, rolled: false }]);
    expect(await actionFor(schedule, new Date(now.getTime() + 190 * DAY_MS))).toEqual({
      action: 'unchanged',
      fields: [],
    });
    expect(await actionFor(schedule, new Date(now.getTime() + 210 * DAY_MS))).toEqual({
      action: 'update',
      fields: ['horizon'],
    });
    expect(await roll(190)).toEqual([{ id: 'rolling', days: 400, rolled: false }]);
    expect(await roll(210)).toEqual([{ id: 'rolling', days: 610, rolled: true }]);
    expect(await roll(210)).toEqual([{ id: 'rolling', days: 610, rolled: false }]);
  });

  it('is left as it is by rolling where it differs from the catalogue', async () => {
    const schedule = await applied('not-rolling', rule);
    const later = new Date(now.getTime() + 210 * DAY_MS);
    const horizons = await rollSchedules({
      client: temporal.client,
      catalogue: [{ ...schedule, overlap: 'allowAll' }],
      ...ownerOf(schedule),
      now: later,
    });
    expect(horizons).toMatchObject([{ rolled: false }]);
    expect((await describeSchedule(temporal.client, 'not-rolling'))?.policies.overlap).toBe('skip');
  });

  it('is told of older times when a backfill needs them', async () => {
    const schedule = await applied('going-back', rule);
    const from = new Date(now.getTime() - 100 * DAY_MS);
    const day = from.toISOString().slice(0, 10);
    const next = new Date(from.getTime() + DAY_MS).toISOString().slice(0, 10);
    const window = ['going-back', `${day}T12:00:00Z`, `${next}T12:00:00Z`] as const;
    expect(await serverTimes(...window)).toEqual([]);
    await extendBack({ client: temporal.client, schedule, from, owner: ownerOf(schedule), now });
    expect(await serverTimes(...window)).toHaveLength(1);
    expect((await actionFor(schedule)).action).toBe('unchanged');
  });

  it('drops exceptions a week after their time', async () => {
    const schedule = await applied('forgetting', `cron('0 9 * * *')`);
    await skipAt(input(schedule, `${YEAR}-01-05T08:00:00Z`));
    const roll = (at: string) =>
      rollSchedules({
        client: temporal.client,
        catalogue: [schedule],
        ...ownerOf(schedule),
        now: new Date(at),
      });
    await roll(`${YEAR}-01-12T07:00:00Z`);
    expect(await exceptionsOf('forgetting')).toHaveLength(1);
    await roll(`${YEAR}-01-12T09:00:00Z`);
    expect(await exceptionsOf('forgetting')).toEqual([]);
  });

  it('makes the doctor warn when fewer than 30 days are left, and when it differs', async () => {
    const early = new Date(now.getTime() - 380 * DAY_MS);
    const file = writeCatalogue(
      `export const one = defineSchedule({ ${REST}, id: 'ending', when: ${rule} });`,
    );
    const env = {
      TEMPORAL_ADDRESS: temporal.address,
      TEMPORAL_TASK_QUEUE: 'ending-queue',
      SCHEDULE_CATALOGUE: file,
    };
    const settings = {
      reportTimezone: 'UTC',
      temporal: { address: temporal.address, namespace: 'default', taskQueue: 'ending-queue' },
      schedule: { catalogue: file, profile: 'production' },
    } as const;
    const look = async () =>
      (await runDoctor({ env, directory: scratchFolder() })).find(({ name }) => name === 'schedule ending');
    expect(await look()).toMatchObject({
      state: 'warning',
      found: expect.stringContaining('not applied') as string,
    });
    const ground = { client: temporal.client, profile: 'production', taskQueue: 'ending-queue' } as const;
    await applySchedules({ ...ground, catalogue: await loadCatalogue(settings), now: early });
    expect(await look()).toMatchObject({
      state: 'warning',
      found: expect.stringMatching(/^Temporal knows its times until/) as string,
    });
    await applySchedules({ ...ground, catalogue: await loadCatalogue(settings), now });
    expect(await look()).toMatchObject({
      state: 'ok',
      found: expect.stringMatching(/^active, next run/) as string,
    });
    const [changed] = await loadCatalogue(settings);
    if (changed === undefined) throw new Error('no schedule');
    await applySchedules({ ...ground, catalogue: [{ ...changed, workflow: 'other' }], now });
    expect(await look()).toMatchObject({
      state: 'warning',
      found: 'differs from the catalogue: workflow: other → x',
      mend: 'sluice schedules apply',
    });
  });
});

it('sluice schedules skip and once take times in the zone of the schedule', async () => {
  const body = `export const one = defineSchedule({ ${REST}, id: 'by-hand', when: cron('0 9 * * *') });`;
  const env = {
    TEMPORAL_ADDRESS: temporal.address,
    TEMPORAL_TASK_QUEUE: 'by-hand',
    SCHEDULE_CATALOGUE: writeCatalogue(body),
  };
  const schedules = (...args: readonly string[]) => sluice(env, 'schedules', ...args);
  expect((await schedules('apply')).code).toBe(0);
  expect((await schedules('skip', 'by-hand', '--at', `${YEAR}-01-05T09:00`)).stdout).toBe(
    `by-hand does not run at ${YEAR}-01-05T08:00:00Z (${YEAR}-01-05 09:00 Europe/Berlin)\n`,
  );
  expect((await schedules('skip', 'by-hand', '--undo', '--json')).stdout).toContain('"state": "runs"');
  expect((await schedules('once', 'by-hand', '--at', `${YEAR}-01-05T10:30:00Z`)).stdout).toBe(
    `by-hand runs once at ${YEAR}-01-05T10:30:00Z (${YEAR}-01-05 11:30 Europe/Berlin)\n`,
  );
  expect(await schedules('skip', 'by-hand', '--at', 'soon')).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('"soon" is no time like') as string,
  });
  expect(await schedules('skip', 'nobody')).toMatchObject({ code: 2 });
});
