import { Client, Connection } from '@temporalio/client';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import type { When } from '../schedules/define.ts';
import { type Compiled, compile } from '../schedules/recurrence/compile.ts';
import { timesBetween } from '../schedules/recurrence/times.ts';
import { toRecurrence, whenText } from '../schedules/recurrence/when.ts';
import { createPaused, matchingTimes } from './support/matching-times.ts';
import { CORPUS, ZONES } from './support/recurrence-corpus.ts';

const DAY = 86_400;
/** Over both changes of clocks of a year, from a fixed day on, so that a failure can be looked at tomorrow. */
const NOW = Date.parse('2026-11-21T00:00:00Z') / 1000;
const DAYS = 400;
const AT_ONCE = 8;

let connection: Connection;
let client: Client;

beforeAll(async () => {
  connection = await Connection.connect({ address: inject('temporalAddress') });
  client = new Client({ connection });
});
afterAll(() => connection.close());

interface Compared {
  readonly text: string;
  readonly kind: Compiled['kind'];
  readonly differences: readonly string[];
}

/** The server's own times of the compiled spec against the rule's expansion, over the whole horizon. */
async function compare(when: When, timezone: string, scheduleId: string): Promise<Compared> {
  const recurrence = toRecurrence(when, { timezone });
  const { kind, spec, window } = compile(recurrence, { now: NOW });
  // Thirty seconds for four hundred days are a million times; two weeks with a change of clocks say as much.
  const days = when.kind === 'every' && when.every.endsWith('s') ? 14 : DAYS;
  const until = NOW + days * DAY;
  const text = `${whenText(when)} in ${timezone}`;
  if (window !== undefined && window.until <= until) {
    return { text, kind, differences: [`enumerated only until ${iso(window.until)}`] };
  }
  await createPaused(client, { scheduleId, spec });
  const server = new Set(await matchingTimes(client, { scheduleId, after: NOW, until }));
  await client.schedule.getHandle(scheduleId).delete();
  const rule = new Set(timesBetween(recurrence, { after: NOW, before: until + 1, count: 200_000 }));
  return {
    text,
    kind,
    differences: [
      ...[...rule].filter((at) => !server.has(at)).map((at) => `${iso(at)} only by the rule`),
      ...[...server].filter((at) => !rule.has(at)).map((at) => `${iso(at)} only by the server`),
    ],
  };
}

function iso(instant: number): string {
  return new Date(instant * 1000).toISOString();
}

async function compareAll(timezone: string): Promise<readonly Compared[]> {
  const results: Compared[] = [];
  // Elapsed time is the same everywhere; once is enough.
  const waiting = [...CORPUS.entries()].filter(([, { kind }]) => kind !== 'every' || timezone === 'UTC');
  const work = async () => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const [index, when] = next;
      results.push(await compare(when, timezone, `corpus-${timezone.replace('/', '-')}-${index}`));
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  return results;
}

describe('the server runs what the rule says, over its whole horizon', () => {
  it.each(ZONES)('%s', async (timezone) => {
    const results = await compareAll(timezone);
    const wrong = results.filter(({ differences }) => differences.length > 0);
    expect(
      wrong.map(({ text, kind, differences }) => `${text} (${kind}): ${differences.slice(0, 3).join(', ')}`),
    ).toEqual([]);
    // No list stands in where calendars can say it.
    const exact = results.filter(({ kind }) => kind === 'exact').length;
    expect(exact / results.length).toBeGreaterThan(timezone === 'UTC' ? 0.96 : 0.4);
  });

  it('holds over five hundred recurrences', () => {
    expect(CORPUS.length * ZONES.length).toBeGreaterThan(500);
  });
});
