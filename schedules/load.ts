import { pathToFileURL } from 'node:url';
import { messageOf, UsageError } from '../domain/errors.ts';
import type { Schedule } from './define.ts';
import { type ResolveInput, resolve } from './resolve.ts';
import type { ResolvedSchedule } from './resolved.ts';
import type { CatalogueSettings } from './settings.ts';
import { shapeProblems, shown } from './shape.ts';

interface Found {
  readonly schedules: readonly Schedule[];
  readonly problems: readonly string[];
}

/**
 * Loads the catalogue of SCHEDULE_CATALOGUE, or the shipped one, for the profile: each export is a schedule, an array of
 * them, or a function of the settings that gives one or the other.
 * @returns sorted by id.
 * @throws UsageError one for the whole catalogue, a line a problem: id, field, value and what would be right.
 */
export async function loadCatalogue(
  settings: CatalogueSettings,
  { now = new Date() }: { readonly now?: Date } = {},
): Promise<readonly ResolvedSchedule[]> {
  const { profile } = settings.schedule;
  const exports = Object.entries(await importCatalogue(settings.schedule.catalogue));
  const found = exports.map(([name, value]) => collect({ name, value, settings }));
  const schedules = found.flatMap((one) => one.schedules);
  const resolved = schedules.map((schedule) =>
    check(schedule, { profile, taskQueue: settings.temporal.taskQueue, now }),
  );
  const problems = [
    ...found.flatMap((one) => one.problems),
    ...resolved.flatMap((one) => one.problems),
    ...repeatedIds(schedules),
  ];
  if (problems.length > 0) {
    throw new UsageError(
      `the schedule catalogue is not usable:\n${problems.map((line) => `  ${line}`).join('\n')}`,
      settings.schedule.catalogue ?? 'schedules/catalogue.ts',
    );
  }
  return resolved.flatMap(({ schedule }) => schedule ?? []).sort((a, b) => (a.id < b.id ? -1 : 1));
}

async function importCatalogue(file: string | undefined): Promise<Readonly<Record<string, unknown>>> {
  if (file === undefined) return import('./catalogue.ts');
  try {
    return (await import(pathToFileURL(file).href)) as Record<string, unknown>;
  } catch (cause) {
    throw new UsageError(
      `the schedule catalogue ${file} cannot be loaded: ${messageOf(cause)}`,
      'SCHEDULE_CATALOGUE names a module (.ts, .mjs) whose exports are schedules.',
    );
  }
}

function collect({
  name,
  value,
  settings,
}: {
  readonly name: string;
  readonly value: unknown;
  readonly settings: CatalogueSettings;
}): Found {
  let given = value;
  try {
    if (typeof value === 'function') given = (value as (settings: CatalogueSettings) => unknown)(settings);
  } catch (error) {
    return { schedules: [], problems: [`export ${name}: ${messageOf(error)}`] };
  }
  const items: readonly unknown[] = Array.isArray(given) ? given : [given];
  const strangers = items.filter((item) => !isSchedule(item));
  return {
    schedules: items.filter(isSchedule),
    problems: strangers.map(
      (item) => `export ${name} holds no schedule; defineSchedule(…) makes one (it is ${shown(item)})`,
    ),
  };
}

function isSchedule(value: unknown): value is Schedule {
  return typeof value === 'object' && value !== null && 'kind' in value && value.kind === 'schedule';
}

function check(
  schedule: Schedule,
  input: ResolveInput,
): { readonly schedule?: ResolvedSchedule; readonly problems: readonly string[] } {
  const label = typeof schedule.id === 'string' ? schedule.id : shown(schedule.id);
  const problems = shapeProblems(schedule).map((problem) => `${label}: ${problem}`);
  if (problems.length > 0) return { problems };
  try {
    return { schedule: resolve(schedule, input), problems };
  } catch (error) {
    return { problems: [`${label}: ${messageOf(error)}`] };
  }
}

function repeatedIds(schedules: readonly Schedule[]): readonly string[] {
  const counts = new Map<string, number>();
  for (const { id, formerIds } of schedules) {
    for (const one of [id, ...(Array.isArray(formerIds) ? formerIds : [])]) {
      counts.set(one, (counts.get(one) ?? 0) + 1);
    }
  }
  return [...counts]
    .filter(([, count]) => count > 1)
    .map(([id, count]) => `${id}: id must be unique, also among formerIds (it is there ${count} times)`);
}
