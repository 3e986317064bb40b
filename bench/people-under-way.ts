import type { Client } from '@temporalio/client';
import { withDatabase, withTemporal } from '../cli/context.ts';
import { enterJourney, journeyInput } from '../db/journeys.ts';
import type { Database } from '../db/pool.ts';
import { contacts } from '../db/schema-people.ts';
import type { JourneyDefinition } from '../domain/journeys/definition.ts';
import { brevoTaskQueue, mailTaskQueue } from '../workers/task-queues.ts';
import type { journey } from '../workflows/journey.ts';
import type { MeasuredStack } from './measured-stack.ts';

const AT_ONCE = 20;
const ROWS = 1_000;

export interface Crowd {
  readonly definition: JourneyDefinition;
  readonly people: number;
  /** From here all their times count; undefined: from when each of them enters. */
  readonly anchorAt?: Date;
  /** Id of the step at which all of them are to wait. */
  readonly waitsAt: string;
}

/** Invents people and lets them enter by the product's own rules, until all of them wait. @returns one run's workflow id. */
export async function sendToSleep(stack: MeasuredStack, crowd: Crowd): Promise<string> {
  const { settings, progress } = stack;
  const { people, waitsAt } = crowd;
  const step = progress.step(`${people} people enter`);
  const asleep = async (): Promise<number> => {
    const rows = await stack.sql<{ n: number }>(
      `SELECT COUNT(*) AS n FROM journey_runs WHERE step = '${waitsAt}' AND state = 'running'`,
    );
    return rows[0]?.n ?? 0;
  };
  await withDatabase(settings, (database) =>
    withTemporal(settings, async (client) => {
      const ids = await invent(database, people);
      const { taskQueue } = settings.temporal;
      let next = 0;
      const enterAll = async (): Promise<void> => {
        for (let index = next++; index < ids.length; index = next++) {
          await enter({ database, client, taskQueue, crowd, contactId: ids[index] ?? 0 });
        }
      };
      const entering = Promise.all(Array.from({ length: AT_ONCE }, enterAll));
      for (let found = 0; found < people; found = await asleep()) {
        step.say(`${found} of ${people} sleep`);
        await Promise.race([new Promise((resolve) => setTimeout(resolve, 1000)), failureOf(entering)]);
      }
      await entering;
    }),
  );
  step.done('all sleep');
  const [{ id } = { id: '' }] = await stack.sql<{ id: string }>(
    'SELECT workflow_id AS id FROM journey_runs LIMIT 1',
  );
  return id;
}

/** Settles only by failing. */
function failureOf(work: Promise<unknown>): Promise<never> {
  return work.then(() => new Promise<never>(() => undefined));
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
  crowd: { definition, anchorAt },
  contactId,
}: {
  readonly database: Database;
  readonly client: Client;
  readonly taskQueue: string;
  readonly crowd: Crowd;
  readonly contactId: number;
}): Promise<void> {
  const now = new Date();
  const entered = await enterJourney(database, {
    definition,
    contactId,
    eventId: null,
    anchorAt: anchorAt ?? now,
    now,
  });
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
