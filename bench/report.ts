import { basename } from 'node:path';
import Table from 'cli-table3';
import { print, printJson } from '../cli/output.ts';
import { checkedOutCommit, load, type Machine, thisMachine } from './machine.ts';

/** One figure, measured once a repetition. */
export interface Metric {
  readonly name: string;
  readonly unit: string;
  readonly values: readonly number[];
  readonly target?: Target;
}

export type Target = { readonly atLeast: number } | { readonly below: number };

export interface Findings {
  readonly title: string;
  /** Of the servers that took part, how they ran. */
  readonly mysql?: string;
  readonly temporal?: string;
  readonly metrics: readonly Metric[];
  /** What else is needed to understand the figures. */
  readonly notes: readonly string[];
}

interface Report extends Omit<Findings, 'metrics' | 'mysql' | 'temporal'> {
  readonly command: string;
  readonly commit: string;
  readonly machine: Machine & Pick<Findings, 'mysql' | 'temporal'> & { readonly loadAfter: string };
  readonly measuredAt: string;
  readonly metrics: readonly (Metric & { readonly median: number; readonly met: boolean | undefined })[];
}

/** Prints the figures with what they were measured on: a table for people, or one JSON value. */
export async function printReport({
  findings,
  format,
}: {
  readonly findings: Findings;
  readonly format: 'table' | 'json';
}): Promise<void> {
  const { mysql, temporal, metrics, ...about } = findings;
  const report: Report = {
    ...about,
    command: commandOfThisProcess(),
    commit: await checkedOutCommit(),
    machine: {
      ...thisMachine(),
      ...(mysql === undefined ? {} : { mysql }),
      ...(temporal === undefined ? {} : { temporal }),
      loadAfter: load(),
    },
    measuredAt: new Date().toISOString(),
    metrics: metrics.map((metric) => {
      const median = medianOf(metric.values);
      return { ...metric, median, met: isMet({ target: metric.target, median }) };
    }),
  };
  if (format === 'json') printJson(report);
  else print(describe(report));
}

/** The middle value; of an even number of values the mean of the middle two. */
export function medianOf(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.slice(Math.ceil(sorted.length / 2) - 1, Math.floor(sorted.length / 2) + 1);
  return middle.reduce((sum, value) => sum + value, 0) / middle.length;
}

function isMet({ target, median }: { target: Target | undefined; median: number }): boolean | undefined {
  if (target === undefined) return undefined;
  return 'atLeast' in target ? median >= target.atLeast : median < target.below;
}

function describe({ title, command, commit, machine, measuredAt, metrics, notes }: Report): string {
  const runs = metrics[0]?.values.length ?? 0;
  const table = new Table({
    head: ['', ...Array.from({ length: runs }, (_, run) => `run ${run + 1}`), 'median', 'target'],
    style: { head: [], border: [] },
    colAligns: ['left', ...Array.from({ length: runs + 1 }, () => 'right' as const), 'left'],
  });
  for (const { name, unit, values, median, target, met } of metrics) {
    table.push([`${name} (${unit})`, ...values.map(shown), shown(median), describeTarget({ target, met })]);
  }
  const { cpu, cores, memoryGb, node, mysql, temporal, loadAfter } = machine;
  const servers = `${mysql === undefined ? '' : `MySQL ${mysql}; `}${temporal === undefined ? '' : `Temporal ${temporal}; `}`;
  return [
    title,
    `command  ${command}`,
    `commit   ${commit}, ${measuredAt}`,
    `machine  ${cpu}, ${cores} cores, ${memoryGb} GB; Node ${node}; ${servers}load at the end ${loadAfter}`,
    table.toString(),
    ...notes,
  ].join('\n');
}

function describeTarget({ target, met }: { target: Target | undefined; met: boolean | undefined }): string {
  if (target === undefined) return '';
  const bound = 'atLeast' in target ? `≥ ${shown(target.atLeast)}` : `< ${shown(target.below)}`;
  return `${bound}: ${met === true ? 'met' : 'MISSED'}`;
}

function shown(value: number): string {
  const digits = Number.isInteger(value) || value >= 100 ? 0 : value >= 10 ? 1 : 2;
  return value.toLocaleString('en', { minimumFractionDigits: digits, maximumFractionDigits: digits });
}

function commandOfThisProcess(): string {
  const [, script = '', ...args] = process.argv;
  return ['node', ...process.execArgv, `bench/${basename(script)}`, ...args].join(' ');
}
