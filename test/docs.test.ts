import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { configurationPage } from '../docs/generate-configuration.ts';
import { cron, every, manual, once, rrule, type When } from '../schedules/define.ts';
import { timesBetween } from '../schedules/recurrence/times.ts';
import { toRecurrence } from '../schedules/recurrence/when.ts';
import { describeRecurrence } from '../schedules/recurrence/words.ts';
import { findZone } from '../schedules/recurrence/zone.ts';
import { CORPUS } from './support/recurrence-corpus.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
/** The recurrences that users named stand first in the corpus. */
const NAMED = 23;
const BERLIN = 'Europe/Berlin';

const pages = globSync(['*.md', 'docs/**/*.md', 'bench/*.md'], { cwd: ROOT });

it('docs/configuration.md is what the settings schema says', () => {
  expect(readFileSync(join(ROOT, 'docs/configuration.md'), 'utf8')).toBe(configurationPage());
});

it.each(pages)('%s links to files that exist', (page) => {
  const text = readFileSync(join(ROOT, page), 'utf8');
  const links = [...text.matchAll(/\]\((?!https?:|mailto:|#)([^)#\s]+)/g)].map((match) => match[1] ?? '');
  const dead = links.filter((link) => !existsSync(join(ROOT, dirname(page), link)));
  expect(dead).toEqual([]);
});

it('the guarantees name tests that exist', () => {
  const text = readFileSync(join(ROOT, 'docs/guarantees.md'), 'utf8');
  const tests = globSync('test/*.test.ts', { cwd: ROOT })
    .map((file) => readFileSync(join(ROOT, file), 'utf8'))
    .join('\n');
  const named = [...text.matchAll(/“([^”]+)”/g)].map((match) => match[1] ?? '');
  expect(named.length).toBeGreaterThan(10);
  expect(named.filter((name) => !tests.includes(name))).toEqual([]);
});

it('docs/schedules.md tells recurrences in the words of the program, with their real times', () => {
  const text = readFileSync(join(ROOT, 'docs/schedules.md'), 'utf8');
  const rows = [...text.matchAll(/^\| (.+) \| (.+) \| `((?:cron|every|rrule|once|manual)\(.*\))` \|$/gm)];
  const told = rows.map(([, words, times, written]) => ({ written, words, times }));
  expect(told).toEqual(told.map(({ written = '' }) => ({ written, ...meaningOf(whenOf(written)) })));
  const written = new Set(told.map(({ written }) => JSON.stringify(whenOf(written ?? ''))));
  expect(CORPUS.slice(0, NAMED).filter((when) => !written.has(JSON.stringify(when)))).toEqual([]);
});

function whenOf(written: string): When {
  const [, kind = '', text = ''] = /^(\w+)\((?:'(.*)')?\)$/.exec(written) ?? [];
  const makers: Readonly<Record<string, (text: never) => When>> = { cron, every, rrule, once, manual };
  const make = makers[kind];
  if (make === undefined) throw new Error(`${written} is no recurrence`);
  return make(text as never);
}

function meaningOf(when: When) {
  const recurrence = toRecurrence(when, { timezone: BERLIN });
  const after = Date.parse('2026-11-20T23:00:00Z') / 1000;
  const times = timesBetween(recurrence, { after, count: 2 }).map(berlinText);
  return { words: describeRecurrence(recurrence), times: times.join(', ') || 'when somebody starts it' };
}

/** `Sat 21 Nov 08:00`; the year where it is another one than 2026. */
function berlinText(instant: number): string {
  const wall = new Date((findZone(BERLIN)?.toWall(instant) ?? 0) * 1000);
  const [, weekday, day, month, year, time = ''] =
    /^(\w+), 0?(\d+) (\w+) (\d+) (\S+)/.exec(wall.toUTCString()) ?? [];
  return `${weekday} ${day} ${month}${year === '2026' ? '' : ` ${year}`} ${time.replace(/:00$/, '')}`;
}
