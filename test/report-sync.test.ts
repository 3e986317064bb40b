import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  deleteReport,
  findReport,
  reportsToSync,
  reportVersionsOf,
  setReportActive,
  writeReport,
} from '../db/report-definitions.ts';
import { forgetInReports, reportsNaming } from '../db/report-recipients.ts';
import { reportDefinitions } from '../db/schema-reports.ts';
import type { ReportDefinition } from '../domain/reports/definition.ts';
import { syncReport, syncReports } from '../workers/report-sync.ts';
import { type OwnTemporal, startOwnTemporal, withHook } from './support/own-temporal.ts';
import { clear, definition, type ReportStage, setReports, WEEKLY } from './support/reports.ts';

let temporal: OwnTemporal;
beforeAll(async () => {
  temporal = await startOwnTemporal();
});
afterAll(() => temporal.end());

const ID = 'weekly-sales';
const SCHEDULE = 'report-weekly-sales';

/** The row alone, as a crash right after it leaves things. */
async function write(here: ReportStage, changes: Partial<ReportDefinition> = {}, basedOn?: number) {
  return writeReport(here.database, {
    definition: definition(changes),
    isActive: true,
    inactiveReason: undefined,
    basedOn,
    by: 'ann',
    now: new Date(),
  });
}

const input = (here: ReportStage) => ({
  database: here.database,
  client: temporal.client,
  owner: here.owner,
});
const sync = (here: ReportStage, id = ID) => syncReport({ ...input(here), id });
const row = async (here: ReportStage) => {
  const found = await findReport(here.database.orm, ID);
  if (found === undefined) throw new Error('no row');
  return found;
};
const isDirty = async (here: ReportStage) => {
  const { changeNo, syncedChangeNo } = await row(here);
  return changeNo !== syncedChangeNo;
};

async function killedSync(here: ReportStage, moment: 'before' | 'after'): Promise<void> {
  const script = fileURLToPath(new URL('support/killed-report.ts', import.meta.url));
  const { DATABASE_URL = '', TEMPORAL_ADDRESS = '', TEMPORAL_TASK_QUEUE = '' } = here.env;
  const args = [script, DATABASE_URL, TEMPORAL_ADDRESS, TEMPORAL_TASK_QUEUE, ID, moment];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'inherit', 'inherit'] });
  const [, signal] = (await once(child, 'exit')) as [number | null, string | null];
  expect(signal).toBe('SIGKILL');
}

describe('a crash between row and schedule', () => {
  it.each(['before', 'after'] as const)(
    '%s Temporal has heard of it leaves the row marked, and the next who comes brings it in line',
    async (moment) => {
      const here = await setReports(temporal);
      await write(here);
      await killedSync(here, moment);
      expect(await isDirty(here)).toBe(true);
      expect((await here.held(SCHEDULE)) === undefined).toBe(moment === 'before');

      const healed = await syncReports(input(here));
      expect(healed.failed).toEqual([]);
      expect(await isDirty(here)).toBe(false);
      expect((await here.held(SCHEDULE))?.action).toMatchObject({
        workflow: 'queryReport',
        workflowId: SCHEDULE,
        args: [{ reportId: ID }],
      });
      await temporal.client.schedule.getHandle(SCHEDULE).delete();
    },
  );

  it('is mended for a change and for a deletion, too', async () => {
    const here = await setReports(temporal);
    await write(here);
    await sync(here);
    await write(here, { when: { cron: '0 7 * * 1' } }, 1);
    await killedSync(here, 'before');
    expect((await syncReports(input(here))).mended).toMatchObject([{ id: ID, outcome: 'updated' }]);
    expect((await here.held(SCHEDULE))?.spec.calendars[0]?.hour).toEqual([{ start: 7, end: 7, step: 1 }]);

    await deleteReport(here.database, { id: ID, now: new Date() });
    await killedSync(here, 'before');
    expect(await here.held(SCHEDULE)).toBeDefined();
    expect((await syncReports(input(here))).mended).toMatchObject([{ id: ID, outcome: 'deleted' }]);
    expect(await here.held(SCHEDULE)).toBeUndefined();
    expect(await reportsToSync(here.database.orm, { lookedBefore: new Date(0), limit: 9 })).toEqual([]);
  });
});

describe('drift', () => {
  it('by hand in Temporal is found and undone within the time of a look, and a pause by hand is not', async () => {
    const here = await setReports(temporal);
    await write(here);
    await sync(here);
    const handle = temporal.client.schedule.getHandle(SCHEDULE);
    await handle.update((before) => ({ ...before, spec: { intervals: [{ every: '5 minutes' }] } }));
    await handle.pause('not this week');
    // Nobody has changed the row, and somebody has just looked.
    expect((await syncReports(input(here))).mended).toEqual([]);
    await here.database.orm
      .update(reportDefinitions)
      .set({ checkedAt: new Date(Date.now() - 11 * 60_000) })
      .where(eq(reportDefinitions.id, ID));
    expect((await syncReports(input(here))).mended).toMatchObject([{ outcome: 'updated' }]);
    const held = await here.held(SCHEDULE);
    expect(held?.spec.intervals).toEqual([]);
    expect(held).toMatchObject({ paused: true, note: 'not this week' });
    expect((await row(here)).pauseNote).toBe('not this week');
    await handle.delete();
  });

  it('a schedule that was deleted comes back', async () => {
    const here = await setReports(temporal);
    await write(here);
    await sync(here);
    await temporal.client.schedule.getHandle(SCHEDULE).delete();
    expect(await here.json('list')).toMatchObject({
      reports: [{ state: 'not in line', reason: 'it has no schedule in Temporal' }],
    });
    const { stdout } = await here.report('sync');
    expect(stdout).toContain(`created  ${ID}`);
    expect(await here.json('list')).toMatchObject({ reports: [{ state: 'active' }] });
    await clear(temporal, here);
  });

  it('leaves alone what is not the report’s, and says so', async () => {
    const here = await setReports(temporal);
    const action = { type: 'startWorkflow', workflowType: 'x', taskQueue: 'y' } as const;
    await temporal.client.schedule.create({ scheduleId: SCHEDULE, spec: {}, action });
    await write(here);
    await write(here, { id: 'other' });
    const { mended, failed } = await syncReports(input(here));
    expect(failed).toEqual([{ id: ID, code: 'schedule_foreign' }]);
    // One that cannot be brought in line stops no other.
    expect(mended).toMatchObject([{ id: 'other', outcome: 'created' }]);
    expect((await row(here)).syncError).toBe('schedule_foreign');
    expect((await here.held(SCHEDULE))?.action.workflow).toBe('x');
    await temporal.client.schedule.getHandle(SCHEDULE).delete();
    await syncReports(input(here));
    expect(await row(here)).toMatchObject({ syncError: null });
    await Promise.all(
      [SCHEDULE, 'report-other'].map((id) => temporal.client.schedule.getHandle(id).delete()),
    );
  });

  it('names schedules of reports that this database does not know', async () => {
    const here = await setReports(temporal);
    await write(here);
    await sync(here);
    await here.database.pool.query('DELETE FROM report_definitions');
    const { code, stdout } = await here.report('sync');
    expect(code).toBe(0);
    expect(stdout).toContain(`sluice schedules delete ${SCHEDULE} takes it away`);
    expect(await here.schedules('delete', SCHEDULE, '--yes')).toMatchObject({ code: 0 });
  });
});

describe('two who change a report at the same time', () => {
  it('leave the schedule of the newer version, also when the older one is slow', async () => {
    const here = await setReports(temporal);
    await write(here);
    await sync(here);
    await write(here, { when: { cron: '0 7 * * 1' } }, 1);
    let newer: Promise<unknown> | undefined;
    const slow = withHook(temporal.client, {
      // The older one is about to tell Temporal; meanwhile the newer one writes its row and wants its turn.
      async updateSchedule() {
        if (newer !== undefined) return;
        await write(here, { when: { cron: '0 6 * * 1' } }, 2);
        newer = sync(here);
      },
    });
    await syncReport({ ...input(here), client: slow, id: ID });
    await newer;
    expect((await here.held(SCHEDULE))?.spec.calendars[0]?.hour).toEqual([{ start: 6, end: 6, step: 1 }]);
    expect(await isDirty(here)).toBe(false);
    await temporal.client.schedule.getHandle(SCHEDULE).delete();
  });

  it('both get in by flags: each change is made in the newest version', async () => {
    const here = await setReports(temporal);
    await here.json('add', ...WEEKLY);
    const updates = await Promise.all([
      here.report('update', ID, '--cron', '0 7 * * 1', '--yes'),
      here.report('update', ID, '--to', 'bob@example.com', '--yes'),
      here.report('update', ID, '--subject', 'Sales {date}', '--yes'),
    ]);
    expect(updates.map(({ code, stderr }) => [code, stderr])).toEqual(updates.map(() => [0, '']));
    const { version, definition: now } = await row(here);
    expect(version).toBe(4);
    expect(now).toMatchObject({
      when: { cron: '0 7 * * 1' },
      recipients: ['bob@example.com'],
      subject: 'Sales {date}',
    });
    const versions = await reportVersionsOf(here.database.orm, ID);
    expect(versions.map((one) => one.version)).toEqual([4, 3, 2, 1]);
    expect((await here.held(SCHEDULE))?.spec.calendars[0]?.hour).toEqual([{ start: 7, end: 7, step: 1 }]);
    await clear(temporal, here);
  });

  it('a writer who has not seen the newest version is told so', async () => {
    const here = await setReports(temporal);
    await write(here);
    await write(here, { subject: 'a' }, 1);
    expect(await write(here, { subject: 'b' }, 1)).toEqual({ outcome: 'outrun', version: 2 });
    expect(await write(here, { subject: 'b' })).toEqual({ outcome: 'outrun', version: 2 });
    expect(await write(here, { subject: 'a' }, 2)).toEqual({ outcome: 'unchanged', version: 2 });
    const both = await Promise.all([
      write(here, { id: 'new', subject: 'x' }),
      write(here, { id: 'new', subject: 'y' }),
    ]);
    expect(both.map(({ outcome }) => outcome).sort()).toEqual(['created', 'outrun']);
  });
});

describe('rows', () => {
  it('that are switched are marked, and a report of a deleted id goes on with its versions', async () => {
    const here = await setReports(temporal);
    await write(here);
    await sync(here);
    const now = new Date();
    expect(await setReportActive(here.database, { id: ID, isActive: true, reason: undefined, now })).toBe(
      false,
    );
    expect(await isDirty(here)).toBe(false);
    expect(await setReportActive(here.database, { id: ID, isActive: false, reason: 'no', now })).toBe(true);
    expect(await isDirty(here)).toBe(true);
    expect(await sync(here)).toMatchObject({ outcome: 'deleted' });
    expect(await deleteReport(here.database, { id: ID, now })).toBe(true);
    expect(await deleteReport(here.database, { id: ID, now })).toBe(false);
    expect(await write(here)).toEqual({ outcome: 'created', version: 2 });
    expect(await row(here)).toMatchObject({ isActive: true, deletedAt: null });
  });
});

describe('a person who is erased', () => {
  it('is in no version of any report any more, and what then lacks somebody does not run', async () => {
    const here = await setReports(temporal);
    const { orm } = here.database;
    await write(here, { recipients: ['ann@example.com', 'bob@example.com'], owner: 'bob@example.com' });
    await write(
      here,
      { cc: ['ann@example.com'], recipients: ['bob@example.com'], owner: 'bob@example.com' },
      1,
    );
    await write(here, { id: 'hers', description: 'for Ann@Example.com' });
    await sync(here, 'hers');
    expect(await reportsNaming(orm, 'ann@example.com')).toEqual([
      { reportId: ID, version: 1, as: ['recipient'] },
      { reportId: ID, version: 2, as: ['cc'] },
      { reportId: 'hers', version: 1, as: ['recipient', 'owner'] },
    ]);
    await forgetInReports(orm, { email: 'ann@example.com', now: new Date() });
    expect(await reportsNaming(orm, 'ann@example.com')).toEqual([]);
    const versions = [...(await reportVersionsOf(orm, ID)), ...(await reportVersionsOf(orm, 'hers'))];
    expect(JSON.stringify(versions).toLowerCase()).not.toContain('ann@');
    expect(await row(here)).toMatchObject({
      isActive: true,
      definition: { recipients: ['bob@example.com'], cc: [] },
    });
    expect(await findReport(orm, 'hers')).toMatchObject({
      isActive: false,
      inactiveReason: 'It has no recipient any more: a person was erased.',
    });
    await syncReports(input(here));
    expect(await here.held('report-hers')).toBeUndefined();
    await temporal.client.schedule.getHandle(SCHEDULE).delete();
  });
});
