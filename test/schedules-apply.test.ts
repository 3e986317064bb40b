import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { applySchedules } from '../schedules/apply.ts';
import { loadCatalogue } from '../schedules/load.ts';
import type { Profile } from '../schedules/ownership.ts';
import { type PlannedSchedule, planSchedules } from '../schedules/plan.ts';
import { ask } from '../schedules/server/ask.ts';
import { describeSchedule } from '../schedules/server/describe.ts';
import { sluice } from './support/command.ts';
import { until } from './support/installation.ts';
import { type OwnTemporal, startOwnTemporal, withHook, writeCatalogue } from './support/own-temporal.ts';

let temporal: OwnTemporal;
beforeAll(async () => {
  temporal = await startOwnTemporal();
});
afterAll(() => temporal.end());

const REST = `timezone: 'Europe/Berlin', start: { workflow: 'x' }, overlap: 'skip', catchUp: 'skip', note: 'as declared'`;
const daily = (id: string, more = '') =>
  `export const ${id.replaceAll('-', '_')} = defineSchedule({ ${REST}, id: '${id}', when: cron('0 9 * * 1-5'), ${more} });`;

let installations = 0;

/** An installation of its own on the shared server: only its schedules are its to change. */
function installation() {
  installations += 1;
  const taskQueue = `queue-${installations}`;
  const load = (body: string, profile: Profile = 'production') =>
    loadCatalogue({
      reportTimezone: 'UTC',
      temporal: { address: temporal.address, namespace: 'default', taskQueue },
      schedule: { catalogue: writeCatalogue(body), profile },
    });
  const input = async (body: string, { profile = 'production', now = new Date() }: Circumstances = {}) => ({
    client: temporal.client,
    catalogue: await load(body, profile),
    profile,
    taskQueue,
    now,
  });
  return {
    taskQueue,
    input,
    plan: async (body: string, circumstances: Circumstances = {}) =>
      planSchedules(await input(body, circumstances)),
    apply: async (body: string, circumstances: Circumstances = {}) =>
      (await applySchedules(await input(body, circumstances))).map(({ id, outcome }) => [id, outcome]),
    env: (body: string) => ({
      TEMPORAL_ADDRESS: temporal.address,
      TEMPORAL_TASK_QUEUE: taskQueue,
      SCHEDULE_CATALOGUE: writeCatalogue(body),
    }),
  };
}

interface Circumstances {
  readonly profile?: Profile;
  readonly now?: Date;
}

const actions = (plan: readonly PlannedSchedule[]) => plan.map(({ id, action }) => [id, action]);
const describeIt = (id: string) =>
  ask(temporal.client, () => temporal.client.schedule.getHandle(id).describe());
const isThere = async (id: string) => (await describeSchedule(temporal.client, id)) !== undefined;

/** The `temporal` program of an operator. */
async function temporalCli(...args: readonly string[]): Promise<void> {
  const { PATH, HOME } = process.env;
  await promisify(execFile)(inject('temporalPath'), ['--address', temporal.address, 'schedule', ...args], {
    env: { PATH, HOME },
  });
}

describe('plan and apply', () => {
  it('create what is missing, then have nothing left to do', async () => {
    const here = installation();
    const body = `${daily('first-weekday')}
      export const twice = defineSchedule({ ${REST}, id: 'first-gap', when: rrule('FREQ=DAILY;BYHOUR=2;BYMINUTE=30'), jitter: '5s', pauseAfterFailures: 1 });
      export const third = defineSchedule({ ${REST}, id: 'first-interval', when: every('1w', { offset: '90m' }), overlap: 'bufferAll' });
      export const fourth = defineSchedule({ ${REST}, id: 'first-manual', when: manual(), startPaused: true });`;
    expect(actions(await here.plan(body))).toEqual([
      ['first-gap', 'create'],
      ['first-interval', 'create'],
      ['first-manual', 'create'],
      ['first-weekday', 'create'],
    ]);
    expect((await here.apply(body)).map(([, outcome]) => outcome)).toEqual(Array(4).fill('created'));
    expect((await here.plan(body)).map(({ action }) => action)).toEqual(Array(4).fill('unchanged'));
    expect((await here.apply(body)).map(([, outcome]) => outcome)).toEqual(Array(4).fill('unchanged'));
    expect((await describeIt('first-manual')).state).toMatchObject({ paused: true, note: 'as declared' });
    expect(await describeIt('first-weekday')).toMatchObject({
      action: {
        workflowId: 'first-weekday',
        workflowType: 'x',
        taskQueue: here.taskQueue,
        staticSummary: 'as declared',
      },
      policies: { overlap: 'SKIP', catchupWindow: 100_000 },
      memo: { managedBy: 'sluice', profile: 'production', taskQueue: here.taskQueue },
    });
  });

  it('say field by field what differs, and bring it about', async () => {
    const here = installation();
    await here.apply(daily('changing'));
    const body = `export const one = defineSchedule({ ${REST}, id: 'changing', when: cron('30 8 * * *'), overlap: 'allowAll',
      start: { workflow: 'y', args: [{ b: 1, a: [true] }] }, note: 'new note' });`;
    const [planned] = await here.plan(body);
    expect(planned).toMatchObject({
      action: 'update',
      changes: [
        { field: 'when', old: 'hour 9 · Mon–Fri · Europe/Berlin', new: 'hour 8 · minute 30 · Europe/Berlin' },
        { field: 'workflow', old: 'x', new: 'y' },
        { field: 'args', old: '[]', new: '[{"a":[true],"b":1}]' },
        { field: 'note', old: 'as declared', new: 'new note' },
        { field: 'overlap', old: 'skip', new: 'allowAll' },
      ],
    });
    expect(await here.apply(body)).toEqual([['changing', 'updated']]);
    expect((await here.plan(body))[0]?.action).toBe('unchanged');
    expect((await describeIt('changing')).state.note).toBe('new note');
  });

  it('see what somebody changed by hand, and mend it', async () => {
    const here = installation();
    const body = daily('by-hand');
    await here.apply(body);
    await temporalCli(
      'update',
      '--schedule-id',
      'by-hand',
      '--workflow-id',
      'other',
      '--type',
      'other',
      '--task-queue',
      here.taskQueue,
      '--cron',
      '0 7 * * *',
      '--execution-timeout',
      '1h',
    );
    const changes = (await here.plan(body))[0]?.changes ?? [];
    expect(changes).toEqual(
      expect.arrayContaining([
        { field: 'when', old: 'hour 7 · UTC', new: 'hour 9 · Mon–Fri · Europe/Berlin' },
        { field: 'workflow', old: 'other', new: 'x' },
        { field: 'workflowExecutionTimeout', old: 'set by hand', new: 'not set' },
      ]),
    );
    expect(await here.apply(body)).toEqual([['by-hand', 'updated']]);
    expect((await here.plan(body))[0]?.action).toBe('unchanged');
  });

  it('make again what somebody deleted', async () => {
    const here = installation();
    await here.apply(daily('deleted'));
    await temporalCli('delete', '--schedule-id', 'deleted');
    expect(actions(await here.plan(daily('deleted')))).toEqual([['deleted', 'create']]);
    expect(await here.apply(daily('deleted'))).toEqual([['deleted', 'created']]);
  });

  it('delete what the catalogue has no more, of this installation and profile alone', async () => {
    const [here, other] = [installation(), installation()];
    const both = `${daily('kept')}${daily('dropped')}`;
    await here.apply(both);
    await other.apply(daily('of-another'));
    await here.apply(daily('kept'), { profile: 'development' });
    expect(actions(await here.plan(both))).toEqual([
      ['dropped', 'unchanged'],
      ['kept', 'unchanged'],
    ]);
    // The server's list lags a little behind.
    await until('the list to know it', async () => (await here.plan(daily('kept'))).length === 2);
    expect(await here.apply(daily('kept'))).toEqual([
      ['kept', 'unchanged'],
      ['dropped', 'deleted'],
    ]);
    expect(await isThere('dropped')).toBe(false);
    expect(await isThere('of-another')).toBe(true);
    expect(actions(await here.plan(daily('kept'), { profile: 'development' }))).toEqual([
      ['dev-kept', 'unchanged'],
    ]);
  });

  it('never touch a schedule that is not ours, name it, and go on with the others', async () => {
    const here = installation();
    await temporalCli(
      'create',
      '--schedule-id',
      'not-ours',
      '--workflow-id',
      'w',
      '--type',
      't',
      '--task-queue',
      here.taskQueue,
      '--interval',
      '5h',
      '--notes',
      'mine',
    );
    const body = `${daily('not-ours')}${daily('is-ours')}`;
    const env = here.env(body);
    const applied = await sluice(env, 'schedules', 'apply');
    expect(applied).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/^sluice: not-ours: .* stays as it is\n$/) as string,
    });
    expect(applied.stdout).toMatch(/\+ created +is-ours/);
    expect(await describeIt('not-ours')).toMatchObject({
      state: { note: 'mine' },
      action: { workflowType: 't' },
    });
    expect((await sluice(env, 'schedules', 'plan')).code).toBe(1);
    const removal = await sluice(env, 'schedules', 'delete', 'not-ours', '--yes');
    expect(removal).toMatchObject({ code: 1, stderr: expect.stringContaining('not-ours') as string });
    expect(await isThere('not-ours')).toBe(true);
  });

  it('take over a schedule of Sluice 0.1.0 that starts flows on our queue', async () => {
    const here = installation();
    const old = { type: 'startWorkflow', workflowType: 'x', args: [{}] } as const;
    const create = (scheduleId: string, taskQueue: string) =>
      temporal.client.schedule.create({
        scheduleId,
        spec: { intervals: [{ every: '15 minutes' }] },
        action: { ...old, taskQueue, workflowId: scheduleId },
        state: { paused: true, note: 'moving' },
        memo: { managedBy: 'sluice' },
      });
    await create('of-old', here.taskQueue);
    await create('of-old-elsewhere', 'elsewhere');
    expect(await here.apply(`${daily('of-old')}${daily('of-old-elsewhere')}`)).toEqual([
      ['of-old', 'updated'],
      ['of-old-elsewhere', 'foreign'],
    ]);
    expect((await describeIt('of-old')).state).toMatchObject({ paused: true, note: 'moving' });
  });

  it('rename: the new one has the pause and note of the old one, which goes', async () => {
    const here = installation();
    await here.apply(daily('old-name'));
    await temporalCli('toggle', '--schedule-id', 'old-name', '--pause', '--reason', 'site moves');
    const body = daily('new-name', `formerIds: ['older-name', 'old-name']`);
    expect(await here.plan(body)).toMatchObject([{ id: 'new-name', action: 'rename', from: 'old-name' }]);
    expect(await here.apply(body)).toEqual([['new-name', 'renamed']]);
    expect((await describeIt('new-name')).state).toMatchObject({ paused: true, note: 'site moves' });
    expect(await isThere('old-name')).toBe(false);
    expect(actions(await here.plan(body))).toEqual([['new-name', 'unchanged']]);
    expect(await here.apply(daily('newest-name'))).toEqual(
      expect.arrayContaining([['newest-name', 'created']]) as unknown,
    );
  });

  it('have nothing to do for a rule that is over and that the server has dropped', async () => {
    const here = installation();
    const body = `export const over = defineSchedule({ ${REST}, id: 'over', when: once('2020-01-01T09:00') });`;
    expect(actions(await here.plan(body))).toEqual([['over', 'finished']]);
    expect(await here.apply(body)).toEqual([['over', 'finished']]);
    expect(actions(await here.plan(body, { now: new Date('2019-01-01T00:00:00Z') }))).toEqual([
      ['over', 'create'],
    ]);
  });

  it('do the others when one fails', async () => {
    const here = installation();
    const { client, ...input } = await here.input(`${daily('works')}${daily('breaks')}`);
    const failing = withHook(client, {
      createSchedule: async (request) => {
        if ((request as { scheduleId: string }).scheduleId === 'breaks') throw new Error('no luck');
      },
    });
    expect(await applySchedules({ ...input, client: failing })).toMatchObject([
      { id: 'breaks', outcome: 'failed', error: 'no luck' },
      { id: 'works', outcome: 'created' },
    ]);
  });
});

describe('what belongs to the operator', () => {
  it('survives apply: a pause, its note, and what is left of a number of runs', async () => {
    const here = installation();
    await here.apply(daily('paused'));
    await temporalCli('toggle', '--schedule-id', 'paused', '--pause', '--reason', 'holiday');
    await temporal.client.schedule
      .getHandle('paused')
      .update((now) => ({ ...now, state: { ...now.state, remainingActions: 3 } }));
    expect(actions(await here.plan(daily('paused')))).toEqual([['paused', 'unchanged']]);
    expect(await here.apply(daily('paused', `overlap: 'allowAll'`))).toEqual([['paused', 'updated']]);
    expect((await describeIt('paused')).state).toEqual({
      paused: true,
      note: 'holiday',
      remainingActions: 3,
    });
  });

  it('survives when it comes between plan and apply, or between the look and the write', async () => {
    const here = installation();
    await here.apply(daily('raced'));
    const { client, ...input } = await here.input(daily('raced', `overlap: 'allowAll'`));
    let writes = 0;
    const raced = withHook(client, {
      updateSchedule: async () => {
        writes += 1;
        if (writes === 1)
          await temporalCli('toggle', '--schedule-id', 'raced', '--pause', '--reason', 'stop it');
      },
    });
    expect(await applySchedules({ ...input, client: raced })).toMatchObject([{ outcome: 'updated' }]);
    // The server dropped the first write, which had not seen the pause.
    expect(writes).toBe(2);
    expect(await describeIt('raced')).toMatchObject({
      state: { paused: true, note: 'stop it' },
      policies: { overlap: 'ALLOW_ALL' },
    });
  });

  it('survives a rename when it comes after the copy', async () => {
    const here = installation();
    await here.apply(daily('copied'));
    const { client, ...input } = await here.input(daily('copy', `formerIds: ['copied']`));
    const raced = withHook(client, {
      createSchedule: () => temporalCli('toggle', '--schedule-id', 'copied', '--pause', '--reason', 'late'),
    });
    expect(await applySchedules({ ...input, client: raced })).toMatchObject([{ outcome: 'renamed' }]);
    expect((await describeIt('copy')).state).toMatchObject({ paused: true, note: 'late' });
  });

  it('is not fought over for ever: apply gives up after five writes and says so', async () => {
    const here = installation();
    await here.apply(daily('contended'));
    const { client, ...input } = await here.input(daily('contended', `overlap: 'allowAll'`));
    let notes = 0;
    const fought = withHook(client, {
      updateSchedule: async () => {
        notes += 1;
        await client.schedule.getHandle('contended').pause(`note ${notes}`);
      },
    });
    expect(await applySchedules({ ...input, client: fought })).toMatchObject([
      { outcome: 'failed', error: expect.stringContaining('somebody else keeps changing') as string },
    ]);
    expect((await describeIt('contended')).state.note).toBe('note 5');
  });
});

const twelve = (more: string) => Array.from({ length: 12 }, (_, n) => daily(`both-${n}`, more)).join('\n');

it('two applies at once end in the same state, without an error', async () => {
  const here = installation();
  const first = await Promise.all([here.apply(twelve('')), here.apply(twelve(''))]);
  expect(first.flat().filter(([, outcome]) => outcome !== 'created' && outcome !== 'unchanged')).toEqual([]);
  const more = `overlap: 'bufferOne', formerIds: []`;
  await Promise.all([here.apply(twelve(more)), here.apply(twelve(more))]);
  expect((await here.plan(twelve(more))).map(({ action }) => action)).toEqual(Array(12).fill('unchanged'));
});

it('takes hundreds of schedules, and a restart of the server in between', async () => {
  const here = installation();
  const body = `export const many = Array.from({ length: 300 }, (_, n) => defineSchedule({ ${REST}, id: 'many-' + n,
    when: n % 3 === 0 ? cron((n % 60) + ' 2 * * *') : n % 3 === 1 ? every((n + 10) + 'm') : rrule('FREQ=MONTHLY;BYDAY=1MO;BYHOUR=9') }));`;
  const outcomes = new Set((await here.apply(body)).map(([, outcome]) => outcome));
  expect(outcomes).toEqual(new Set(['created']));
  await temporal.server.stop();
  await temporal.server.start();
  const plan = await until('the server to answer again', () => here.plan(body).catch(() => undefined));
  expect(new Set(plan.map(({ action }) => action))).toEqual(new Set(['unchanged']));
});

describe('sluice schedules', () => {
  it('plan exits with 3 while changes are pending and with 0 after apply; both give one JSON value', async () => {
    const here = installation();
    const env = here.env(`${daily('by-command')}${daily('by-command-too')}`);
    const before = await sluice(env, 'schedules', 'plan', '--json');
    expect(before.code).toBe(3);
    expect(JSON.parse(before.stdout)).toMatchObject({
      pending: 2,
      schedules: [
        {
          id: 'by-command',
          action: 'create',
          changes: [
            { field: 'when', old: '', new: 'cron 0 9 * * 1-5 · Europe/Berlin' },
            { field: 'workflow', old: '', new: 'x' },
          ],
        },
        { id: 'by-command-too', action: 'create' },
      ],
    });
    const applied = await sluice(env, 'schedules', 'apply', '--json');
    expect(applied.code).toBe(0);
    expect(JSON.parse(applied.stdout)).toMatchObject({
      schedules: [
        { id: 'by-command', outcome: 'created' },
        { id: 'by-command-too', outcome: 'created' },
      ],
    });
    expect(await sluice(env, 'schedules', 'plan')).toEqual({ code: 0, stdout: '2 unchanged\n', stderr: '' });
    expect((await sluice(env, 'schedules', 'delete', 'by-command')).code).toBe(2);
    const gone = await sluice(env, 'schedules', 'delete', 'by-command', '--yes', '--json');
    expect(JSON.parse(gone.stdout)).toEqual({ id: 'by-command', outcome: 'deleted', isDeclared: true });
    expect((await sluice(env, 'schedules', 'plan')).code).toBe(3);
  });

  it('plan refuses a catalogue that is not usable with exit code 2', async () => {
    const env = installation().env(daily('Wrong'));
    expect(await sluice(env, 'schedules', 'plan')).toMatchObject({
      code: 2,
      stdout: '',
      stderr: expect.stringContaining('Wrong: id must be lower case words') as string,
    });
  });
});
