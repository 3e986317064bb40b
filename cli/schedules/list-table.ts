import Table from 'cli-table3';
import type { SlotRun } from '../../schedules/observe/slot-runs.ts';
import type { ScheduleReport } from '../../schedules/observe/state.ts';
import { visibleText, visibleTime } from '../visible-text.ts';
import { meaningOf, statusText, zoneOf } from './report-text.ts';
import { localTime } from './show-text.ts';

const SHOWN_MEANING = 70;
const MEANING_WIDTH = 30;
/** A time with its zone on a line, and four short times. */
const NEXT_WIDTH = 34;
/** Letters of a date. */
const DATE = 10;

/** Schedules as a table: the last five runs and the next five times of each, the nearest ones in full. */
export function tableOf(reports: readonly ScheduleReport[], now: Date): string {
  const table = new Table({
    head: ['schedule', 'state', 'runs', 'last runs', 'next runs', 'late', 'missed', 'skipped'],
    style: { head: [], border: [] },
    colWidths: [null, null, MEANING_WIDTH, null, NEXT_WIDTH],
    wordWrap: true,
  });
  for (const report of reports) {
    const { id, state, reach, runs, next, counts } = report;
    table.push([
      id,
      [state, ...(reach === undefined || state === 'on demand' ? [] : [reach.kind])].join('\n'),
      visibleText(meaningOf(report), { most: SHOWN_MEANING }),
      runsCell(runs, now),
      state === 'active' ? nextCell(next, zoneOf(report)) : '–',
      ...(counts === undefined ? ['–', '–', '–'] : [counts.late, counts.missed, counts.skipped]),
    ]);
  }
  return table.toString();
}

function runsCell([last, ...before]: readonly SlotRun[], now: Date): string {
  if (last === undefined) return '–';
  const ends = [...Map.groupBy(before, ({ status }) => status)].map(
    ([status, { length }]) => `${length} ${status.replace('_', ' ')}`,
  );
  return [
    visibleTime(last.slot),
    statusText(last, { now }),
    ...(ends.length > 0 ? [`before: ${ends.join(', ')}`] : []),
  ].join('\n');
}

function nextCell(next: readonly Date[], timezone: string): string {
  const [first, ...others] = next;
  if (first === undefined) return '–';
  const local = localTime(first, timezone);
  return [
    visibleTime(first),
    ...(local === '' ? [] : [local]),
    ...(others.length > 0 ? [`then ${shortly(next, timezone).slice(1).join(', ')}`] : []),
  ].join('\n');
}

/** On the clock of the zone, without what all have in common. */
function shortly(times: readonly Date[], timezone: string): readonly string[] {
  const walls = times.map((at) => {
    const local = localTime(at, timezone);
    return local === '' ? visibleTime(at).replace(/(:00)?Z$/, '') : local.replace(` ${timezone}`, '');
  });
  const isOne = (part: (wall: string) => string) => new Set(walls.map(part)).size === 1;
  if (isOne((wall) => wall.slice(0, DATE))) return walls.map((wall) => wall.slice(DATE + 1));
  const withoutYear = isOne((wall) => wall.slice(0, 4)) ? walls.map((wall) => wall.slice(5)) : walls;
  return isOne((wall) => wall.slice(DATE + 1))
    ? withoutYear.map((wall) => wall.replace(/ .*/, ''))
    : withoutYear;
}
