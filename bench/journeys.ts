import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Client } from '@temporalio/client';
import { withDatabase, withTemporal } from '../cli/context.ts';
import { enterJourney, journeyInput } from '../db/journeys.ts';
import type { Database } from '../db/pool.ts';
import { contacts } from '../db/schema-people.ts';
import { findJourney } from '../domain/journeys/catalogue.ts';
import { homeAt } from '../local/home.ts';
import { brevoTaskQueue, mailTaskQueue } from '../workers/task-queues.ts';
import type { journey } from '../workflows/journey.ts';
import { busyShare } from './machine.ts';
import { type MeasuredStack, withMeasuredStack, wrong } from './measured-stack.ts';
import { benchmark } from './options.ts';
import { printReport } from './report.ts';

// What people cost who are on their way and wait: in Temporal's database, and in the worker.

const LIMIT_MS = 4 * 3_600_000;
const AT_ONCE = 20;
const ROWS = 1_000;
/** All of them wait for mail 2, a day after they entered. */
const WAITS_AT = 'wait-until-24h';
const definition = findJourney('nurture-on-assessment');

await benchmark(
  {
    about: 'Many people in the shipped nurture, all asleep until their next mail.',
    options: { people: { about: 'people on their way', fallback: '20000' } },
  },
  async (options) => {
    const people = options.count('people');
    const [to, from] = [new Date(), new Date(Date.now() - 86_400_000)];
    const site = { people: 10, sittings: 10, payments: 0, from, to };
    const plan = { site, limits: 'off', settings: {}, nodeOptions: '', limitMs: LIMIT_MS } as const;
    const measured = await withMeasuredStack(plan, async (stack) => {
      const busyBefore = await busyShare();
      const before = { bytes: temporalBytes(stack), workerMb: stack.workerPeakMb() };
      const began = performance.now();
      const one = await sendToSleep(stack, people);
      const seconds = (performance.now() - began) / 1000;
      const after = { bytes: temporalBytes(stack), workerMb: stack.workerPeakMb() };
      return { busyBefore, before, after, seconds, one, mysql: stack.mysql };
    });
    const { before, after, seconds, one, mysql, busyBefore } = measured;
    await printReport({
      format: options.format,
      findings: {
        title: `${people} people asleep in ${definition.id}`,
        mysql,
        metrics: [
          {
            name: "Temporal's database",
            unit: 'bytes each',
            values: [Math.round((after.bytes - before.bytes) / people)],
          },
          { name: "Temporal's database", unit: 'MB', values: [after.bytes / 1e6] },
          { name: 'history of one', unit: 'events', values: [one.events] },
          { name: 'history of one', unit: 'bytes', values: [one.bytes] },
          { name: "worker's peak memory before", unit: 'MB', values: [before.workerMb] },
          { name: "worker's peak memory", unit: 'MB', values: [after.workerMb] },
          { name: 'until all sleep', unit: 's', values: [seconds] },
          { name: 'entered and put to sleep', unit: 'people/s', values: [people / seconds] },
          { name: 'machine busy just before', unit: '%', values: [busyBefore] },
        ],
        notes: [
          'Each person entered by the rules of re-entry, had their segment looked up, and waits for mail 2. One worker process.',
          "Temporal's dev server keeps its state in SQLite; the figure counts its files, the write-ahead log included.",
        ],
      },
    });
  },
);

/** @returns what the service says of one of the histories. */
async function sendToSleep(stack: MeasuredStack, people: number) {
  const { settings, progress } = stack;
  const step = progress.step(`${people} people enter`);
  const asleep = async (): Promise<number> => {
    const rows = await stack.sql<{ n: number }>(
      `SELECT COUNT(*) AS n FROM journey_runs WHERE step = '${WAITS_AT}' AND state = 'running'`,
    );
    return rows[0]?.n ?? 0;
  };
  const one = await withDatabase(settings, (database) =>
    withTemporal(settings, async (client) => {
      const ids = await invent(database, people);
      const { taskQueue } = settings.temporal;
      let next = 0;
      const enterAll = async (): Promise<void> => {
        for (let index = next++; index < ids.length; index = next++) {
          await enter({ database, client, taskQueue, contactId: ids[index] ?? 0 });
        }
      };
      await Promise.all(Array.from({ length: AT_ONCE }, enterAll));
      for (let found = await asleep(); found < people; found = await asleep()) {
        step.say(`${found} of ${people} sleep`);
        await new Promise((resolve) => setTimeout(resolve, 1000));
      }
      const [{ id } = { id: '' }] = await stack.sql<{ id: string }>(
        'SELECT workflow_id AS id FROM journey_runs LIMIT 1',
      );
      const { raw, historyLength } = await client.workflow.getHandle(id).describe();
      const bytes = Number(raw.workflowExecutionInfo?.historySizeBytes ?? 0);
      return { events: historyLength, bytes };
    }),
  );
  if (one.events === 0) throw wrong('nobody is on their way');
  step.done('all sleep');
  return one;
}

async function invent(database: Database, people: number): Promise<readonly number[]> {
  const now = new Date();
  for (let done = 0; done < people; done += ROWS) {
    const size = Math.min(ROWS, people - done);
    await database.orm.insert(contacts).values(
      Array.from({ length: size }, (_, index) => ({
        email: `person${done + index}@example.com`,
        firstName: 'Sarah',
        fields: '{"red":0,"orange":1}',
        consent: 'opted_in' as const,
        consentAt: now,
        createdAt: now,
        updatedAt: now,
      })),
    );
  }
  const rows = await database.orm.select({ id: contacts.id }).from(contacts);
  return rows.map(({ id }) => id);
}

async function enter({
  database,
  client,
  taskQueue,
  contactId,
}: {
  readonly database: Database;
  readonly client: Client;
  readonly taskQueue: string;
  readonly contactId: number;
}): Promise<void> {
  const now = new Date();
  const entered = await enterJourney(database, { definition, contactId, eventId: null, anchorAt: now, now });
  const input = await journeyInput(database.orm, {
    runId: entered.runId,
    mailTaskQueue: mailTaskQueue(taskQueue),
    brevoTaskQueue: brevoTaskQueue(taskQueue),
  });
  await client.workflow.start<typeof journey>('journey', {
    taskQueue,
    workflowId: entered.workflowId,
    args: [input],
    workflowIdReusePolicy: 'REJECT_DUPLICATE',
    staticSummary: `Journey ${definition.id}, contact ${contactId}`,
  });
}

function temporalBytes({ settings }: MeasuredStack): number {
  const folder = homeAt(settings.home).temporal;
  return readdirSync(folder)
    .map((name) => statSync(join(folder, name)).size)
    .reduce((sum, size) => sum + size, 0);
}
