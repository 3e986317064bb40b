import { Agent } from 'node:http';
import { asFastAsItGoes, atSteadyRate, type Part, SECRET } from './event-load.ts';
import { gatewayOf } from './gateway-of.ts';
import { busyShare, peakMemoryMb } from './machine.ts';
import { type MeasuredStack, withMeasuredStack } from './measured-stack.ts';
import { benchmark } from './options.ts';
import { printReport } from './report.ts';

// Events over HTTP, each signed and of somebody new, into the real gateway process: how many a second are accepted, and
// how long does each take? The answer comes when the event is durable; MySQL flushes its log at every commit.

const LIMIT_MS = 20 * 60_000;

await benchmark(
  {
    about: 'Posts events to a gateway: as fast as it takes them, and at a steady rate.',
    options: {
      seconds: { about: 'length of each part', fallback: '20' },
      rate: { about: 'events a second of the steady part', fallback: '500' },
      senders: { about: 'connections that send one event after the other', fallback: '32' },
      type: {
        about: 'lead.opted_in starts a journey each, quiz.started starts nothing',
        fallback: 'lead.opted_in',
      },
      repeat: { about: 'repetitions', fallback: '3' },
    },
  },
  async (options) => {
    const [to, from] = [new Date(), new Date(Date.now() - 86_400_000)];
    const site = { people: 10, sittings: 10, payments: 0, from, to };
    const settings = {
      EVENTS_SECRETS: SECRET,
      BREVO_WEBHOOK_TOKEN: 'token-of-the-benchmark',
      SLUICE_SECRET: 'secret-of-the-benchmark-installation',
    };
    const plan = { site, limits: 'off', settings, nodeOptions: '', limitMs: LIMIT_MS } as const;
    const load = {
      seconds: options.count('seconds'),
      rate: options.count('rate'),
      senders: options.count('senders'),
      type: options.text('type'),
    };
    const { runs, mysql } = await withMeasuredStack(plan, async (stack) => {
      const measured: Run[] = [];
      for (let run = 1; run <= options.count('repeat'); run += 1) measured.push(await measure(stack, load));
      return { runs: measured, mysql: stack.mysql };
    });
    await printReport({
      format: options.format,
      findings: {
        title: `Events of type ${load.type} to a gateway, ${load.seconds} s each part`,
        mysql,
        metrics: [
          {
            name: `${load.senders} senders, one after the other: accepted`,
            unit: '/s',
            values: runs.map((run) => run.full.perSecond),
            target: { atLeast: 500 },
          },
          { name: `${load.senders} senders: p99`, unit: 'ms', values: runs.map((run) => run.full.p99) },
          { name: `${load.rate}/s: accepted`, unit: '/s', values: runs.map((run) => run.steady.perSecond) },
          { name: `${load.rate}/s: p50`, unit: 'ms', values: runs.map((run) => run.steady.p50) },
          {
            name: `${load.rate}/s: p99`,
            unit: 'ms',
            values: runs.map((run) => run.steady.p99),
            target: { below: 50 },
          },
          { name: 'gateway, peak memory', unit: 'MB', values: runs.map((run) => run.peakMb) },
          {
            name: 'dispatched by the end of both parts',
            unit: '%',
            values: runs.map((run) => run.dispatchedShare),
          },
          { name: 'machine busy just before', unit: '%', values: runs.map((run) => run.busyBefore) },
        ],
        notes: [
          'Each event is one signed POST over a kept connection and one new person; answered 202 once MySQL has it on disk.',
          'One machine: the senders, the gateway, MySQL, Temporal, a worker and the Brevo sandbox share its cores, and the runs that events start begin at the same time.',
          'A steady rate is sent whether or not answers come; the time counts from when the event was due, so waiting counts, too.',
        ],
      },
    });
  },
);

interface Load {
  readonly seconds: number;
  readonly rate: number;
  readonly senders: number;
  readonly type: string;
}

interface Run {
  readonly busyBefore: number;
  readonly full: Part;
  readonly steady: Part;
  readonly peakMb: number;
  readonly dispatchedShare: number;
}

async function measure(stack: MeasuredStack, load: Load): Promise<Run> {
  const busyBefore = await busyShare();
  const { url, pid } = gatewayOf(stack);
  const agent = new Agent({ keepAlive: true, maxSockets: 256 });
  const before = await countEvents(stack);
  try {
    const to = { url, agent, type: load.type };
    await asFastAsItGoes(to, { ...load, seconds: 2 });
    const step = stack.progress.step('events, as fast as it goes');
    const full = await asFastAsItGoes(to, load);
    step.done(`${full.perSecond.toFixed(0)}/s`);
    const steadyStep = stack.progress.step(`events, ${load.rate} a second`);
    const steady = await atSteadyRate(to, load);
    steadyStep.done(`p99 ${steady.p99.toFixed(1)} ms`);
    const after = await countEvents(stack);
    return {
      busyBefore,
      full,
      steady,
      peakMb: peakMemoryMb(pid) ?? Number.NaN,
      dispatchedShare: (100 * (after.dispatched - before.dispatched)) / (after.all - before.dispatched),
    };
  } finally {
    agent.destroy();
  }
}

async function countEvents(
  stack: MeasuredStack,
): Promise<{ readonly all: number; readonly dispatched: number }> {
  const [row] = await stack.sql<{ n: number; dispatched: number }>(
    "SELECT COUNT(*) AS n, COUNT(IF(state = 'dispatched', 1, NULL)) AS dispatched FROM events",
  );
  return { all: row?.n ?? 0, dispatched: row?.dispatched ?? 0 };
}
