import { Client, Connection } from '@temporalio/client';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { recordExposure } from '../db/journey-runs.ts';
import { noteGoals } from '../db/journeys.ts';
import { findJourney } from '../domain/journeys/catalogue.ts';
import { stateQuery } from '../workflows/journey.ts';
import { sluice } from './support/command.ts';
import { until } from './support/installation.ts';
import { type JourneyStage, setJourneyStage } from './support/journeys/stage.ts';

const nurture = findJourney('nurture-on-assessment');

describe('without any server', () => {
  it('shows a journey, its data and its diagram', async () => {
    const shown = await sluice({}, 'journeys', 'show', 'nurture-on-assessment');
    expect(shown.stdout).toContain('wait: 24h after the start  [wait-until-24h]');
    const data = await sluice({}, 'journeys', 'show', 'nurture-on-assessment', '--json');
    expect((JSON.parse(data.stdout) as { definition: unknown }).definition).toEqual(nurture);
    const diagram = await sluice({}, 'journeys', 'diagram', 'new-lead-handler');
    expect(diagram.stdout).toMatch(/^flowchart TD\n/);
  });

  it('previews an invented person, with what happens meanwhile', async () => {
    const told = 'lead.assessment_complete@+10h={"red":1}';
    const args =
      'journeys preview nurture-on-assessment --json --at 2026-11-20T10:00:00Z --event lead.booked@2026-11-24T08:00:00Z';
    const { code, stdout } = await sluice(
      {},
      ...args.split(' '),
      '--fields',
      '{"red":0,"orange":0}',
      '--event',
      told,
    );
    expect(code).toBe(0);
    const { entries } = JSON.parse(stdout) as { entries: { at: string; what: string; why?: string }[] };
    expect(entries.filter(({ what }) => what.startsWith('mail'))).toMatchObject([
      { at: '2026-11-21T10:00:00.000Z', what: 'mail nurture-2-urgent' },
      { at: '2026-11-23T10:00:00.000Z', what: 'mail nurture-3' },
    ]);
    expect(entries.at(-1)).toMatchObject({
      at: '2026-11-24T08:00:00.000Z',
      what: 'exited',
      why: 'lead.booked',
    });
  });

  it.each([
    [['preview', 'nope', '--fields', '{}'], 'there is no journey "nope"'],
    [['preview', 'new-lead-handler'], 'name a person'],
    [['preview', 'new-lead-handler', '--fields', '[1]'], 'is no JSON object'],
    [['preview', 'new-lead-handler', '--fields', '{}', '--timezone', 'Mars/Base'], 'is no IANA time zone'],
    [['preview', 'new-lead-handler', '--fields', '{}', '--event', 'booked'], 'is not TYPE@WHEN'],
    [['stop'], 'name one run, or a person'],
    [['runs', '--state', 'lost'], '--state "lost" is not known'],
  ])('refuses %j', async (args, message) => {
    const { code, stderr } = await sluice({}, 'journeys', ...args);
    expect(stderr).toContain(message);
    expect(code).toBe(2);
  });
});

describe('with people on their way', () => {
  let stage: JourneyStage;
  let connection: Connection;
  let env: Readonly<Record<string, string>>;
  beforeAll(async () => {
    const address = inject('temporalAddress');
    connection = await Connection.connect({ address });
    stage = await setJourneyStage({
      address,
      client: new Client({ connection }),
      now: async () => Date.now(),
    });
    await stage.startWorkers();
    env = {
      DATABASE_URL: stage.databaseUrl,
      TEMPORAL_ADDRESS: address,
      TEMPORAL_TASK_QUEUE: stage.taskQueue,
    };
  });
  afterAll(async () => {
    await stage.end();
    await connection.close();
  });

  const journeys = (...args: readonly string[]) => sluice(env, 'journeys', ...args);

  /** Somebody who waits for mail 2. */
  async function waiting(email: string) {
    const contactId = await stage.person({ email, fields: { red: 1 } });
    const run = await stage.enter(nurture, contactId);
    await until('it waits', async () => (await stage.run(run.runId)).step === 'wait-until-24h');
    return { contactId, ...run };
  }

  it('lists runs by state and person, without their addresses', async () => {
    const { runId, contactId } = await waiting('listed@example.com');
    const { stdout } = await journeys('runs', '--contact', ' LISTED@example.com', '--json');
    expect((JSON.parse(stdout) as { runs: unknown[] }).runs).toMatchObject([
      { id: runId, contactId, state: 'running', step: 'wait-until-24h' },
    ]);
    expect(stdout).not.toContain('listed@');
    const table = await journeys('runs', 'nurture-on-assessment', '--state', 'running');
    expect(table.stdout).toContain(String(contactId));
    expect((await journeys('list')).stdout).toContain('nurture-on-assessment');
  });

  it('pauses, resumes, gives a new time, skips and stops', async () => {
    const { runId, handle } = await waiting('steered@example.com');
    const run = String(runId);
    await journeys('pause', run);
    await until('it is paused', async () => (await handle.query(stateQuery)).paused);
    const refused = await journeys('skip', run);
    expect([refused.code, refused.stderr]).toEqual([1, expect.stringContaining('it is paused')]);
    await journeys('resume', run);
    await until('it waits again', async () => (await handle.query(stateQuery)).waitingFor === 'a time');
    await journeys('reschedule', run, '--to', '2099-01-01T00:00:00Z');
    await until('it has a new time', async () =>
      (await handle.query(stateQuery)).dueAt?.startsWith('2099-01-01'),
    );
    expect((await journeys('skip', run)).stdout).toContain('goes on with the next step');
    await until('mail 2 is out', async () => (await handle.query(stateQuery)).sent === 1);
    expect((await journeys('stop', run)).stdout).toBe(`run ${run} of nurture-on-assessment ends\n`);
    expect(await handle.result()).toMatchObject({ state: 'stopped', reason: 'operator' });
    expect((await journeys('pause', run)).stderr).toContain(`run ${run} is over`);
  });

  it('stops all runs of a person, also one whose workflow is gone', async () => {
    const { runId, handle } = await waiting('gone@example.com');
    await handle.terminate('for a test');
    expect((await journeys('stop', '--contact', 'gone@example.com')).code).toBe(0);
    expect(await stage.run(runId)).toMatchObject({ state: 'stopped', reason: 'operator' });
  });

  it('starts somebody by hand, by the rules of re-entry', async () => {
    const contactId = await stage.person({ email: 'me@example.com' });
    const started = await journeys(
      'start',
      'new-lead-handler',
      '--contact',
      'me@example.com',
      '--quick',
      '--json',
    );
    const { run } = JSON.parse(started.stdout) as { run: number };
    await until('it is over', async () => (await stage.run(run)).state === 'completed');
    expect(await stage.mails(contactId, 0)).toHaveLength(1);
    const again = await journeys('start', 'new-lead-handler', '--contact', 'me@example.com');
    expect([again.code, again.stderr]).toEqual([1, expect.stringContaining('once in a lifetime')]);
  });

  it('reports the conversion of each arm with its interval, and the difference to the holdout', async () => {
    const db = stage.database.orm;
    const people = await Promise.all(Array.from({ length: 6 }, () => stage.person()));
    for (const [index, contactId] of people.entries()) {
      const at = new Date();
      await stage.database.pool.query(
        `INSERT INTO journey_runs (workflow_id, journey, definition_hash, contact_id, anchor_at, state, started_at, mails_sent)
         VALUES (?, 'new-lead-handler', 'x', ?, ?, 'completed', ?, 1)`,
        [`report/${contactId}`, contactId, at, at],
      );
      const arm = index < 3 ? 'a' : 'holdout';
      await recordExposure(db, { experiment: 'none', contactId, arm, runId: 1, at });
    }
    const [first] = people;
    await noteGoals(db, {
      contactId: first ?? 0,
      type: 'lead.assessment_complete',
      occurredAt: new Date(Date.now() + 1000),
    });
    const { stdout } = await journeys('report', 'new-lead-handler', '--json');
    const { parts } = JSON.parse(stdout) as { parts: { arms: { people: number; conversion: unknown }[] }[] };
    expect(parts[0]?.arms[0]?.people).toBeGreaterThanOrEqual(6);
    expect(parts[0]?.arms[0]?.conversion).toMatchObject({
      low: expect.any(Number),
      high: expect.any(Number),
    });
    expect((await journeys('report', 'nurture-on-assessment')).stdout).toContain('goal: lead.booked');
  });
});
