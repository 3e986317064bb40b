import { Agent } from 'node:http';
import { acceptedMails } from './accepted-mails.ts';
import { atSteadyRate, SECRET } from './event-load.ts';
import { gatewayOf } from './gateway-of.ts';
import { busyShare } from './machine.ts';
import { type MeasuredStack, withMeasuredStack, wrong } from './measured-stack.ts';
import { benchmark } from './options.ts';
import { cpuShares, cpuTimesOf } from './process-times.ts';
import { printReport } from './report.ts';
import { percentile } from './scheduled-starts.ts';

// From a website's signed event to its mail: through gateway, MySQL, Temporal and worker until the Brevo sandbox has it.

const LIMIT_MS = 20 * 60_000;
/** The first runs of a fresh worker compile code; those are sent before, and not counted. */
const WARM_UP_S = 5;
const MAILS_LIMIT_MS = 120_000;
const TYPE = 'lead.opted_in';

interface Mail {
  readonly email: string;
  /** All in UTC milliseconds. */
  readonly sent: number;
  readonly received: number;
  readonly dispatched: number;
  readonly prepared: number;
  readonly called: number;
  readonly accepted: number;
}

const PARTS: readonly { readonly name: string; readonly of: (mail: Mail) => number }[] = [
  { name: 'until the gateway takes it', of: ({ sent, received }) => received - sent },
  { name: 'until the run is started', of: ({ received, dispatched }) => dispatched - received },
  { name: 'taken → mail prepared', of: ({ received, prepared }) => prepared - received },
  { name: 'prepared → claimed', of: ({ prepared, called }) => called - prepared },
  { name: 'claimed → accepted', of: ({ called, accepted }) => accepted - called },
];

await benchmark(
  {
    about:
      'Signed lead.opted_in events at a steady rate: how long until each mail is accepted by the sandbox?',
    options: {
      seconds: { about: 'length', fallback: '60' },
      rate: { about: 'events a second', fallback: '10' },
      repeat: { about: 'repetitions', fallback: '1' },
    },
  },
  async (options) => {
    const [to, from] = [new Date(), new Date(Date.now() - 86_400_000)];
    const site = { people: 10, sittings: 10, payments: 0, from, to };
    const settings = { EVENTS_SECRETS: SECRET };
    const plan = { site, limits: 'general', settings, nodeOptions: '', limitMs: LIMIT_MS } as const;
    const load = { seconds: options.count('seconds'), rate: options.count('rate') };
    const { runs, mysql } = await withMeasuredStack(plan, async (stack) => {
      const measured: Run[] = [];
      for (let run = 1; run <= options.count('repeat'); run += 1) measured.push(await measure(stack, load));
      return { runs: measured, mysql: stack.mysql };
    });
    const values = (of: (run: Run) => number) => runs.map(of);
    const share = (name: string) =>
      values(({ cpu }) => cpu.find((one) => one.name === name)?.share ?? Number.NaN);
    await printReport({
      format: options.format,
      findings: {
        title: `${load.rate} ${TYPE} a second for ${load.seconds} s, each to its mail`,
        mysql,
        metrics: [
          { name: 'sent → accepted by the sandbox: p50', unit: 'ms', values: values((run) => run.mail.p50) },
          {
            name: 'sent → accepted by the sandbox: p99',
            unit: 'ms',
            values: values((run) => run.mail.p99),
            target: { below: 1000 },
          },
          { name: 'the same: slowest', unit: 'ms', values: values((run) => run.mail.slowest) },
          ...PARTS.flatMap(({ name }, index) => [
            { name: `of it ${name}: p50`, unit: 'ms', values: values((run) => run.parts[index]?.p50 ?? 0) },
            { name: `of it ${name}: p99`, unit: 'ms', values: values((run) => run.parts[index]?.p99 ?? 0) },
          ]),
          ...['Worker', 'Temporal', 'Gateway', 'MySQL', 'Brevo sandbox'].map((name) => ({
            name: `${name}, of one core`,
            unit: '%',
            values: share(name),
          })),
          { name: 'machine busy just before', unit: '%', values: values((run) => run.busyBefore) },
        ],
        notes: [
          'Each event is of somebody new and starts a journey whose first step is the mail. Sent: the moment that the sender signs the event; accepted: the time in the ledger of the sandbox. One machine, one clock.',
          'The gateway writes the event down and begins to dispatch it; the workflow asks for the mail; the ledger of mails prepares it and waits for the turn of the account.',
        ],
      },
    });
  },
);

interface Spread {
  readonly p50: number;
  readonly p99: number;
  readonly slowest: number;
}

interface Run {
  readonly busyBefore: number;
  readonly mail: Spread;
  /** As PARTS. */
  readonly parts: readonly Spread[];
  readonly cpu: readonly { readonly name: string; readonly share: number }[];
}

async function measure(
  stack: MeasuredStack,
  { seconds, rate }: { readonly seconds: number; readonly rate: number },
): Promise<Run> {
  const busyBefore = await busyShare();
  const agent = new Agent({ keepAlive: true, maxSockets: 256 });
  const to = { url: gatewayOf(stack).url, agent, type: TYPE };
  try {
    const warmUp = stack.progress.step('warming up');
    const before = await countMails(stack);
    await atSteadyRate(to, { seconds: WARM_UP_S, rate });
    await acceptedMails(stack, { mails: before + WARM_UP_S * rate, limitMs: MAILS_LIMIT_MS });
    warmUp.done('done');
    const since = new Date();
    const cpuBefore = cpuTimesOf(stack);
    const step = stack.progress.step(`${rate} events a second`);
    await atSteadyRate(to, { seconds, rate });
    step.done('all sent');
    const cpu = cpuShares({ before: cpuBefore, after: cpuTimesOf(stack), seconds });
    const all = before + (WARM_UP_S + seconds) * rate;
    const { at } = await acceptedMails(stack, { mails: all, limitMs: MAILS_LIMIT_MS });
    const mails = await mailsSince(stack, { since, at });
    if (mails.length !== seconds * rate)
      throw wrong(`${mails.length} of ${seconds * rate} events can be followed`);
    const spreads = PARTS.map(({ of }) => spreadOf(mails.map(of)));
    return {
      busyBefore,
      mail: spreadOf(mails.map(({ sent, accepted }) => accepted - sent)),
      parts: spreads,
      cpu,
    };
  } finally {
    agent.destroy();
  }
}

async function countMails({ sandbox }: MeasuredStack): Promise<number> {
  return (await sandbox.state()).mails;
}

/** The way of each mail whose event was sent since then. */
async function mailsSince(
  stack: MeasuredStack,
  { since, at }: { readonly since: Date; readonly at: ReadonlyMap<string, number> },
): Promise<readonly Mail[]> {
  const rows = await stack.sql<Omit<Mail, 'accepted'>>(
    `SELECT messages.email,
            ${millis('events.occurred_at')} AS sent, ${millis('events.received_at')} AS received,
            ${millis('events.dispatched_at')} AS dispatched, ${millis('messages.prepared_at')} AS prepared,
            ${millis('messages.first_tried_at')} AS called
       FROM events
       JOIN journey_runs ON journey_runs.event_id = events.id
       JOIN messages ON messages.journey_run_id = journey_runs.id
      WHERE events.type = '${TYPE}' AND ${millis('events.occurred_at')} >= ${since.getTime()}`,
  );
  return rows.map((row) => ({ ...row, accepted: at.get(row.email) ?? Number.NaN }));
}

/** Times 1e3, not 1000: a decimal would come as text. */
function millis(column: string): string {
  return `UNIX_TIMESTAMP(${column}) * 1e3`;
}

function spreadOf(values: readonly number[]): Spread {
  return { p50: percentile(values, 0.5), p99: percentile(values, 0.99), slowest: Math.max(...values) };
}
