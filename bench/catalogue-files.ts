import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { slotText } from '../domain/occurrence.ts';
import { once, type ScheduleOptions } from '../schedules/define.ts';
import { CORPUS, ZONES } from '../test/support/recurrence-corpus.ts';
import { CHECKOUT } from './machine.ts';

const DEFINE = pathToFileURL(join(CHECKOUT, 'schedules/define.ts')).href;
const REST = {
  // The lightest of the real flows: on a site without people it has nothing to count.
  start: { workflow: 'conversionReport', args: [{}] },
  overlap: 'skip',
  catchUp: 'skip',
  note: 'For a measurement.',
} as const;

/** What people write, spread evenly over seven zones. Paused, since nobody measures their runs. */
export function mixedCatalogue(count: number): readonly ScheduleOptions[] {
  const mix = ZONES.flatMap((timezone) => CORPUS.map((when) => ({ when, timezone })));
  return Array.from({ length: count }, (_, index) => mix[Math.floor((index * mix.length) / count)])
    .filter((one) => one !== undefined)
    .map((one, index) => ({ id: `mixed-${index}`, ...one, startPaused: true, ...REST }));
}

/** A schedule, and when it is due: milliseconds since 1970, whole seconds. */
export interface Due {
  readonly id: string;
  readonly at: number;
}

/** Schedules of one run each. */
export function onceCatalogue(due: readonly Due[]): readonly ScheduleOptions[] {
  return due.map(({ id, at }) => ({ id, when: once(slotText(new Date(at))), timezone: 'UTC', ...REST }));
}

/** Writes a module for SCHEDULE_CATALOGUE. @returns its path */
export function writeCatalogue(
  folder: string,
  { name, schedules }: { readonly name: string; readonly schedules: readonly ScheduleOptions[] },
): string {
  const file = join(folder, `${name}.mjs`);
  const text = JSON.stringify(schedules);
  writeFileSync(
    file,
    `import { defineSchedule } from '${DEFINE}';\nexport const all = ${text}.map(defineSchedule);\n`,
  );
  return file;
}
