import type { ScheduleReport } from '../../schedules/observe/state.ts';
import { instantText } from '../../schedules/server/exception-entries.ts';
import { spanText } from '../../schedules/span.ts';
import { visibleText } from '../visible-text.ts';
import { catchUpText, meaningOf, statusText, zoneOf } from './report-text.ts';
import { timeInZone } from './times.ts';

const SHOWN_PASSED = 10;
const WIDTH = 11;

/** `2026-12-01 09:00 Europe/Berlin`; nothing where the zone is UTC. */
export function localTime(at: Date, timezone: string): string {
  return /\((.*)\)$/.exec(timeInZone(at, timezone))?.[1] ?? '';
}

/** A schedule on a page: label, then what there is to say. */
export function describeReport(report: ScheduleReport, { now }: { readonly now: Date }): string {
  const { id, state, note, declared, held, reach, changes, next, runs, counts, passed } = report;
  const zone = zoneOf(report);
  const time = (at: Date) => timeInZone(at, zone);
  const lines = [
    line('', `${id} – ${state}`),
    line('note', visibleText(note, { most: 1000 })),
    line('runs', meaningOf(report)),
    ...(declared === undefined
      ? [
          line('starts', `${held?.action.workflow} on ${held?.action.taskQueue}`),
          line('spec', specText(report)),
        ]
      : [
          line('declared', `${visibleText(declared.whenText, { most: 300 })} · ${declared.timezone}`),
          line('starts', `${declared.workflow} on ${declared.taskQueue}`),
          line('overlap', declared.overlap),
          line('catch-up', `${declared.catchUp}: ${catchUpText(declared)}`),
          ...(declared.jitter > 0 ? [line('jitter', `up to ${spanText(declared.jitter)} later`)] : []),
          ...(declared.pauseAfterFailures === undefined
            ? []
            : [line('pauses', `by itself after ${declared.pauseAfterFailures} failed runs in a row`)]),
          ...(reach === undefined
            ? []
            : [line('compiled', `${reach.kind}: ${reach.reason}`), line('reaches', reachText(reach))]),
          ...(held === undefined ? [] : [line('spec', specText(report))]),
        ]),
    ...changes.map(({ field, old, new: wanted }) =>
      line('differs', `${field}: ${visibleText(old, { most: 120 })} → ${visibleText(wanted, { most: 120 })}`),
    ),
    ...(held?.exceptions ?? []).map(({ kind, at }) =>
      line(kind === 'skip' ? 'left out' : 'extra', time(new Date(at * 1000))),
    ),
    ...section(state === 'paused' ? 'next, were it not paused' : 'next', next.map(time)),
    ...section(
      'last runs',
      runs.map((run) => `${time(run.slot)}  ${statusText(run, { now })}  ${run.workflowId}`),
    ),
  ];
  if (counts !== undefined) {
    const { late, waiting, missed, owed, skipped, since } = counts;
    lines.push(
      '',
      `since ${instantText(Math.floor(since.getTime() / 1000))}: ${late} late${waiting > 0 ? ` (${waiting} waiting for a worker)` : ''}, ${missed} missed${owed > 0 ? ` (${owed} to be made up)` : ''}, ${skipped} skipped`,
    );
  }
  if (held !== undefined && held.info.bufferSize > 0)
    lines.push(`${held.info.bufferSize} starts wait for the run before to end`);
  lines.push(
    ...section(
      'without a run',
      passed
        .slice(0, SHOWN_PASSED)
        .map(
          ({ slot, state: became, reason }) =>
            `${time(slot)}  ${became}${reason === null ? '' : `: ${reason.replaceAll('_', ' ')}`}`,
        ),
    ),
  );
  if (passed.length > SHOWN_PASSED)
    lines.push(`  and ${passed.length - SHOWN_PASSED} earlier (--json has all)`);
  return lines.join('\n');
}

function line(label: string, text: string): string {
  return label === '' ? text : `${label.padEnd(WIDTH)}${text}`;
}

function section(title: string, lines: readonly string[]): readonly string[] {
  return lines.length === 0 ? [] : ['', title, ...lines.map((one) => `  ${one}`)];
}

function reachText({ until, alarm }: NonNullable<ScheduleReport['reach']>): string {
  if (until === undefined) return 'for ever';
  const day = instantText(until.getTime() / 1000);
  return alarm
    ? `only until ${day}: sluice schedules apply, then look why schedule-horizon does not run`
    : `until ${day}, and is rolled forward daily`;
}

/** What the server was told, counted. */
function specText({ held }: ScheduleReport): string {
  if (held === undefined) return '';
  const { calendars, intervals, skip, timezone } = held.spec;
  return [
    ...(calendars.length > 0 ? [counted(calendars.length, 'calendar')] : []),
    ...(intervals.length > 0 ? [counted(intervals.length, 'interval')] : []),
    ...(skip.length > 0 ? [`less ${counted(skip.length, 'calendar')}`] : []),
    timezone,
  ].join(' · ');
}

function counted(count: number, name: string): string {
  return `${count} ${name}${count === 1 ? '' : 's'}`;
}
