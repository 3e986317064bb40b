import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { withTemporal } from '../cli/context.ts';
import { findJourney } from '../domain/journeys/catalogue.ts';
import { homeAt } from '../local/home.ts';
import { busyShare } from './machine.ts';
import { type MeasuredStack, withMeasuredStack, wrong } from './measured-stack.ts';
import { benchmark } from './options.ts';
import { sendToSleep } from './people-under-way.ts';
import { cpuShares, cpuTimesOf } from './process-times.ts';
import { printReport } from './report.ts';

// What people cost who are on their way and wait: in Temporal's database, and in the worker.

const LIMIT_MS = 4 * 3_600_000;
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
      const cpuBefore = cpuTimesOf(stack);
      const began = performance.now();
      const id = await sendToSleep(stack, { definition, people, waitsAt: WAITS_AT });
      const seconds = (performance.now() - began) / 1000;
      const cpu = cpuShares({ before: cpuBefore, after: cpuTimesOf(stack), seconds });
      const after = { bytes: temporalBytes(stack), workerMb: stack.workerPeakMb() };
      return {
        busyBefore,
        before,
        after,
        seconds,
        cpu,
        one: await historyOf(stack, id),
        mysql: stack.mysql,
      };
    });
    const { before, after, seconds, one, mysql, busyBefore, cpu } = measured;
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
          ...cpu.map(({ name, share }) => ({ name: `${name}, of one core`, unit: '%', values: [share] })),
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

/** What the service says of one history. */
async function historyOf(
  { settings }: MeasuredStack,
  id: string,
): Promise<{ readonly events: number; readonly bytes: number }> {
  const { raw, historyLength } = await withTemporal(settings, (client) =>
    client.workflow.getHandle(id).describe(),
  );
  if (historyLength === 0) throw wrong('nobody is on their way');
  return { events: historyLength, bytes: Number(raw.workflowExecutionInfo?.historySizeBytes ?? 0) };
}

function temporalBytes({ settings }: MeasuredStack): number {
  const folder = homeAt(settings.home).temporal;
  return readdirSync(folder)
    .map((name) => statSync(join(folder, name)).size)
    .reduce((sum, size) => sum + size, 0);
}
