import { join } from 'node:path';
import { runCommand } from '../local/run-command.ts';
import { compile } from '../schedules/recurrence/compile.ts';
import { timesBetween } from '../schedules/recurrence/times.ts';
import { toRecurrence } from '../schedules/recurrence/when.ts';
import { busyShare, CHECKOUT } from './machine.ts';
import { type Mixed, mixedRecurrences, TODAY } from './mixed-recurrences.ts';
import { benchmark } from './options.ts';
import { printReport } from './report.ts';

// What rules cost without a server: their next times, what Temporal is told for them, and the worst that a rule can do.

const LIMIT_MS = 5 * 60_000;

await benchmark(
  {
    about: 'Expands and compiles a mix of recurrences, and expands the hostile ones.',
    options: {
      rules: { about: 'recurrences of the mix', fallback: '1000' },
      times: { about: 'times of each', fallback: '10' },
      repeat: { about: 'repetitions, the first one cold', fallback: '5' },
    },
  },
  async (options) => {
    const rules = mixedRecurrences(options.count('rules'));
    const times = options.count('times');
    const busyBefore: number[] = [];
    const expanding: number[] = [];
    const compiling: number[] = [];
    const hostile: Worst[] = [];
    let found = 0;
    let enumerated = 0;
    for (let repetition = options.count('repeat'); repetition > 0; repetition -= 1) {
      busyBefore.push(await busyShare());
      expanding.push(
        seconds(() => {
          found = total(
            rules,
            ({ after, ...rule }) => timesBetween(read(rule), { after, count: times }).length,
          );
        }),
      );
      compiling.push(
        seconds(() => {
          enumerated = total(rules, (rule) => (compile(read(rule), { now: TODAY }).kind === 'exact' ? 0 : 1));
        }),
      );
      hostile.push(await worstOfHostile());
    }
    const [first] = hostile;
    await printReport({
      format: options.format,
      findings: {
        title: `Recurrences: ${rules.length} rules of every frequency, read from their text each time`,
        metrics: [
          { name: `next ${times} times of each`, unit: 's', values: expanding, target: { below: 1 } },
          { name: 'compile each for Temporal', unit: 's', values: compiling, target: { below: 5 } },
          {
            name: 'worst hostile rule, CPU',
            unit: 'ms',
            values: hostile.map(({ slowest }) => slowest.ms),
            target: { below: 200 },
          },
          {
            name: 'worst hostile rule, memory',
            unit: 'MB',
            values: hostile.map(({ largest }) => largest.megabytes),
            target: { below: 50 },
          },
          {
            name: 'all hostile rules one after the other, memory',
            unit: 'MB',
            values: hostile.map(({ megabytes }) => megabytes),
          },
          { name: 'machine busy just before', unit: '%', values: busyBefore },
        ],
        notes: [
          `${found} times; ${rules.length - enumerated} specs are exact, ${enumerated} enumerated.`,
          `${first?.count} hostile rules; slowest was: ${listed(hostile.map(({ slowest }) => slowest.id))}; largest: ${listed(hostile.map(({ largest }) => largest.id))}.`,
          'Memory is the growth of the most that the process ever held (getrusage).',
        ],
      },
    });
  },
);

function read({ when, timezone }: Pick<Mixed, 'when' | 'timezone'>) {
  return toRecurrence(when, { timezone });
}

function seconds(work: () => void): number {
  const began = performance.now();
  work();
  return (performance.now() - began) / 1000;
}

function total(rules: readonly Mixed[], count: (rule: Mixed) => number): number {
  return rules.reduce((sum, rule) => sum + count(rule), 0);
}

interface Cost {
  readonly id: string;
  readonly ms: number;
  readonly megabytes: number;
}
interface Worst {
  readonly slowest: Cost;
  readonly largest: Cost;
  /** Of all of them. */
  readonly megabytes: number;
  readonly count: number;
}

async function worstOfHostile(): Promise<Worst> {
  const said = await runCommand({
    command: process.execPath,
    args: ['--expose-gc', join(CHECKOUT, 'bench/hostile-rules.ts')],
    limitMs: LIMIT_MS,
  });
  const costs = JSON.parse(said) as readonly Cost[];
  return {
    slowest: costs.reduce((a, b) => (b.ms > a.ms ? b : a)),
    largest: costs.reduce((a, b) => (b.megabytes > a.megabytes ? b : a)),
    megabytes: costs.reduce((sum, cost) => sum + cost.megabytes, 0),
    count: costs.length,
  };
}

function listed(ids: readonly string[]): string {
  return [...new Set(ids)].join(' · ');
}
