import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type RecurrenceCase, readExpanded, readHostile } from './support/recurrence-fixtures.ts';

/** The contract: what one rule may cost, whoever wrote it. What time it takes is measured by `npm run bench:recurrence`. */
const MOST_BYTES = 50 * 1024 * 1024;
/** A rule that takes that long hangs. */
const PATIENCE_MS = 10_000;

type Outcome = Cost | { readonly id: string; readonly hangs: true };

interface Cost {
  readonly id: string;
  /** By how much the most memory that the process ever held grew. */
  readonly bytes: number;
  readonly times: readonly number[];
  readonly error?: { readonly name: string; readonly code?: string; readonly message: string };
}

// A process of its own, because only its end stops a rule that hangs. Answers one line a line.
const EXPANDER = `
  import { createInterface } from 'node:readline';
  import { expand } from '${new URL('../schedules/recurrence/expand.ts', import.meta.url).href}';
  import { parseRecurrence } from '${new URL('../schedules/recurrence/parse.ts', import.meta.url).href}';
  for await (const line of createInterface({ input: process.stdin })) {
    const { id, ics, after, count } = JSON.parse(line);
    globalThis.gc();
    const peak = process.resourceUsage().maxRSS;
    const answer = { times: [] };
    try {
      answer.times = expand(parseRecurrence(ics, { zone: 'UTC' }), { after: Date.parse(after) / 1000, count });
    } catch (error) {
      answer.error = { name: error.constructor.name, code: error.code, message: error.message };
    }
    const bytes = (process.resourceUsage().maxRSS - peak) * 1024;
    process.stdout.write(JSON.stringify({ id, bytes, ...answer }) + '\\n');
  }
`;

describe('hostile recurrences', () => {
  let costs: readonly Outcome[] = [];
  let child: ChildProcessByStdio<Writable, Readable, null> | undefined;

  beforeAll(async () => {
    const warmUp = [...readExpanded('rfc5545'), ...readExpanded('corners')];
    const hostile = readHostile();
    const found: Outcome[] = [];
    let ask = start();
    for (const entry of warmUp) await ask(entry);
    for (const entry of hostile) {
      const cost = await ask(entry);
      found.push(cost ?? { id: entry.id, hangs: true });
      if (cost === undefined) ask = start();
    }
    costs = found;
  });

  afterAll(() => {
    child?.kill();
  });

  it('always come to an end', () => {
    expect(costs.filter((cost) => 'hangs' in cost).map(({ id }) => id)).toEqual([]);
    expect(costs.length).toBeGreaterThan(60);
  });

  it('cost less than 50 MB of memory each', () => {
    const large = measured(costs).filter(({ bytes }) => bytes >= MOST_BYTES);
    expect(large.map(brief)).toEqual([]);
  });

  it('are refused in words, or answered, but never break anything', () => {
    const broken = measured(costs).filter(({ error }) => error !== undefined && error.code !== 'usage');
    expect(broken.map(brief)).toEqual([]);
  });

  it('are answered in order, none twice', () => {
    const wrong = measured(costs).filter(({ times }) =>
      times.some((time, index) => index > 0 && time <= (times[index - 1] ?? 0)),
    );
    expect(wrong.map(brief)).toEqual([]);
  });

  /** A new process. Answers undefined, and ends the process, for a rule that hangs. */
  function start(): (entry: RecurrenceCase) => Promise<Cost | undefined> {
    child?.kill('SIGKILL');
    const own = spawn(
      process.execPath,
      ['--expose-gc', '--max-old-space-size=256', '--input-type=module', '--eval', EXPANDER],
      { stdio: ['pipe', 'pipe', 'inherit'] },
    );
    child = own;
    const lines = createInterface({ input: own.stdout })[Symbol.asyncIterator]();
    return async (entry) => {
      const timer = setTimeout(() => own.kill('SIGKILL'), PATIENCE_MS);
      own.stdin.write(`${JSON.stringify(entry)}\n`);
      const { value } = await lines.next();
      clearTimeout(timer);
      return value === undefined ? undefined : (JSON.parse(value) as Cost);
    };
  }
});

function measured(costs: readonly Outcome[]): readonly Cost[] {
  return costs.filter((cost): cost is Cost => !('hangs' in cost));
}

function brief({ id, bytes, times, error }: Cost): string {
  const outcome =
    error === undefined ? `${times.length} times` : `${error.name}: ${error.message.slice(0, 100)}`;
  return `${id}: ${(bytes / 1024 / 1024).toFixed(1)} MB, ${outcome}`;
}
