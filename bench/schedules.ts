import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { withTemporal } from '../cli/context.ts';
import { sluice } from '../test/support/command.ts';
import { type Due, mixedCatalogue, onceCatalogue, writeCatalogue } from './catalogue-files.ts';
import { busyShare } from './machine.ts';
import { type MeasuredStack, withMeasuredStack, wrong } from './measured-stack.ts';
import { benchmark } from './options.ts';
import { type Findings, type Metric, printReport, type Target } from './report.ts';
import { percentile, type Start, startsOf } from './scheduled-starts.ts';
import { removeScratch, SCRATCH_PREFIX } from './surroundings.ts';

// What many schedules cost: to compare and apply a big catalogue, and to start what is due in the same second.

const LIMIT_MS = 60 * 60_000;
const RUNS_END_WITHIN_MS = 3 * 60_000;
/** From writing a catalogue until its first schedule is due; it must be applied by then. */
const LEAD_MS = 45_000;
const SECOND = 1000;
/** Exit code of a plan with changes. */
const PENDING = 3;
const WORDS = { firstTask: 'first task', claimed: 'slot claimed' } as const;

await benchmark(
  {
    about: 'Plans and applies a big catalogue; starts many schedules in one second, and one after the other.',
    options: {
      schedules: { about: 'schedules of the big catalogue', fallback: '1000' },
      due: { about: 'schedules that are due together', fallback: '100' },
      repeat: { about: 'repetitions', fallback: '3' },
    },
  },
  async (options) => {
    const folder = mkdtempSync(join(tmpdir(), SCRATCH_PREFIX));
    const [to, from] = [new Date(), new Date(Date.now() - 86_400_000)];
    const site = { people: 10, sittings: 10, payments: 0, from, to };
    const plan = { site, limits: 'off', settings: {}, nodeOptions: '', limitMs: LIMIT_MS } as const;
    const count = { due: options.count('due'), schedules: options.count('schedules') };
    try {
      const runs = await withMeasuredStack(plan, async (stack) => {
        const measured: Run[] = [];
        for (let run = 1; run <= options.count('repeat'); run += 1) {
          measured.push({
            busyBefore: await busyShare(),
            together: await startAll(stack, { folder, name: `together-${run}`, count: count.due, apart: 0 }),
            apart: await startAll(stack, { folder, name: `apart-${run}`, count: count.due, apart: SECOND }),
            ...(await tellAll(stack, { folder, name: `many-${run}`, count: count.schedules })),
          });
        }
        return measured;
      });
      await printReport({ format: options.format, findings: findings(runs, count) });
    } finally {
      removeScratch(folder);
    }
  },
);

interface Told {
  readonly firstPlan: number;
  readonly apply: number;
  readonly quietPlan: number;
}

interface Run extends Told {
  readonly busyBefore: number;
  readonly together: readonly Start[];
  readonly apart: readonly Start[];
}

interface Catalogue {
  readonly folder: string;
  readonly name: string;
  readonly count: number;
}

/** Applies schedules of one run each, waits for the runs, and takes the schedules away again. */
async function startAll(
  stack: MeasuredStack,
  { folder, name, count, apart }: Catalogue & { readonly apart: number },
): Promise<readonly Start[]> {
  const step = stack.progress.step(
    `${count} schedules, ${apart === 0 ? 'due in one second' : 'one a second'}`,
  );
  const first = Math.ceil((Date.now() + LEAD_MS) / SECOND) * SECOND;
  const due = Array.from(
    { length: count },
    (_, index): Due => ({ id: `${name}-${index}`, at: first + index * apart }),
  );
  const { taskQueue } = stack.settings.temporal;
  const file = writeCatalogue(folder, { name, schedules: onceCatalogue(due) });
  await schedules(stack, { file, taskQueue, expect: 0 }, 'apply', '--yes');
  if (Date.now() >= first - SECOND) throw wrong('the schedules were due before all were applied');
  const starts = await withTemporal(stack.settings, (client) =>
    startsOf(client, { due, limitMs: RUNS_END_WITHIN_MS }),
  );
  await forget(stack, { folder, name, taskQueue });
  step.done(
    `p50 ${percentile(
      starts.map(({ firstTask }) => firstTask),
      0.5,
    ).toFixed(0)} ms`,
  );
  return starts;
}

/** Seconds of `plan` with everything to create, of `apply`, and of `plan` with nothing to do. */
async function tellAll(stack: MeasuredStack, { folder, name, count }: Catalogue): Promise<Told> {
  const step = stack.progress.step(`plan and apply of ${count} schedules`);
  const file = writeCatalogue(folder, { name, schedules: mixedCatalogue(count) });
  // A queue that nobody polls: none of them is to run.
  const around = { file, taskQueue: name };
  const told = {
    firstPlan: await schedules(stack, { ...around, expect: PENDING }, 'plan'),
    apply: await schedules(stack, { ...around, expect: 0 }, 'apply', '--yes'),
    quietPlan: await schedules(stack, { ...around, expect: 0 }, 'plan'),
  };
  await forget(stack, { folder, name, taskQueue: name });
  step.done(`plan ${told.quietPlan.toFixed(1)} s`);
  return told;
}

async function forget(
  stack: MeasuredStack,
  { folder, name, taskQueue }: { readonly folder: string; readonly name: string; readonly taskQueue: string },
): Promise<void> {
  const file = writeCatalogue(folder, { name: `${name}-end`, schedules: [] });
  await schedules(stack, { file, taskQueue, expect: 0 }, 'apply', '--yes');
}

/** Runs `sluice schedules …` as a user does. @returns seconds from its start to its end */
async function schedules(
  { settings: { temporal } }: MeasuredStack,
  { file, taskQueue, expect }: { readonly file: string; readonly taskQueue: string; readonly expect: number },
  ...args: readonly string[]
): Promise<number> {
  const env = {
    TEMPORAL_ADDRESS: temporal.address,
    TEMPORAL_NAMESPACE: temporal.namespace,
    TEMPORAL_TASK_QUEUE: taskQueue,
    SCHEDULE_CATALOGUE: file,
  };
  const began = performance.now();
  const { code, stderr } = await sluice(env, 'schedules', ...args);
  if (code !== expect)
    throw wrong(`sluice schedules ${args.join(' ')} ended with ${code}: ${stderr.slice(-500)}`);
  return (performance.now() - began) / 1000;
}

interface Lateness {
  readonly which: 'together' | 'apart';
  readonly event: keyof Start;
  readonly share: number;
}

function findings(
  runs: readonly Run[],
  count: { readonly due: number; readonly schedules: number },
): Findings {
  const late = ({ which, event, share }: Lateness): Metric => ({
    name: `${count.due} due ${which === 'together' ? 'in one second' : 'one a second'}: ${WORDS[event]}, p${share * 100}`,
    unit: 'ms',
    values: runs.map((run) =>
      percentile(
        run[which].map((start) => start[event]),
        share,
      ),
    ),
  });
  const seconds = (which: keyof Told, name: string, target?: Target): Metric => ({
    name,
    unit: 's',
    values: runs.map((run) => run[which]),
    ...(target === undefined ? {} : { target }),
  });
  return {
    title: `${count.schedules} schedules told, ${count.due} schedules started`,
    metrics: [
      seconds('quietPlan', `plan of ${count.schedules}, nothing to do`, { below: 10 }),
      seconds('firstPlan', `plan of ${count.schedules}, all to create`, { below: 10 }),
      seconds('apply', `apply of ${count.schedules}, all created`),
      ...(['together', 'apart'] as const).flatMap((which) => [
        late({ which, event: 'firstTask', share: 0.5 }),
        late({ which, event: 'firstTask', share: 0.99 }),
        late({ which, event: 'claimed', share: 0.99 }),
      ]),
      { name: 'machine busy just before', unit: '%', values: runs.map(({ busyBefore }) => busyBefore) },
    ],
    notes: [
      'plan and apply: the command from its start to its end, process and connection included.',
      "first task: from a schedule's time until a worker takes the run's first workflow task; slot claimed: until the flow itself begins, which is after its time is claimed in our database.",
      'one a second stands for stagger(…), which puts whole minutes between.',
    ],
  };
}
