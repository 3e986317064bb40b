import Table from 'cli-table3';
import type { ReportCondition } from '../../domain/reports/definition.ts';
import { describeRecurrence } from '../../schedules/recurrence/words.ts';
import { localTime } from '../schedules/show-text.ts';
import { timeInZone } from '../schedules/times.ts';
import { visibleText, visibleTime } from '../visible-text.ts';
import type { ReportLook } from './state.ts';

const WIDTH = 13;
const WHEN_WIDTH = 30;
const STATE_WIDTH = 26;

/** When a report runs, in plain English. */
function whenWords({ schedule }: Pick<ReportLook, 'schedule'>): string {
  return schedule === undefined ? 'unreadable' : describeRecurrence(schedule.recurrence);
}

function stateWords({ state, reason }: Pick<ReportLook, 'state' | 'reason'>): string {
  return reason === undefined || reason === '' ? state : `${state}: ${visibleText(reason, { most: 200 })}`;
}

/** Reports as a table: what they are, when they run, what became of it. */
export function reportTable(looks: readonly ReportLook[]): string {
  const table = new Table({
    head: ['report', 'state', 'when', 'last run', 'next run', 'runs', 'errors'],
    style: { head: [], border: [] },
    colWidths: [null, STATE_WIDTH, WHEN_WIDTH],
    wordWrap: true,
  });
  for (const look of looks) {
    const { id, name, runCount, errorCount, lastError, lastRunAt, definition } = look.report;
    const [next] = look.next;
    table.push([
      [id, ...(name === id ? [] : [visibleText(name, { most: 40 })])].join('\n'),
      stateWords(look),
      whenWords(look),
      lastRunAt === null ? '–' : visibleTime(lastRunAt),
      next === undefined ? '–' : [visibleTime(next), localTime(next, definition.timezone)].join('\n').trim(),
      runCount,
      [errorCount, ...(lastError === null ? [] : [lastError])].join('\n'),
    ]);
  }
  return table.toString();
}

/** What scripts read of a report in a list; times ISO 8601 in UTC. */
export function reportJson(look: ReportLook): unknown {
  const { report, schedule, state, reason, next } = look;
  const { definition } = report;
  return {
    id: report.id,
    name: report.name,
    version: report.version,
    state,
    reason: reason ?? null,
    isActive: report.isActive,
    connection: definition.connection,
    when: definition.when,
    meaning: whenWords(look),
    timezone: definition.timezone,
    scheduleId: schedule?.id ?? null,
    recipients: definition.recipients.length + definition.cc.length,
    lastRun: report.lastRunAt,
    nextRun: next[0] ?? null,
    runCount: report.runCount,
    errorCount: report.errorCount,
    lastError: report.lastError,
  };
}

/** A report on a page. */
export function describeLook(look: ReportLook, { versions }: { readonly versions: number }): string {
  const { report, schedule, next } = look;
  const { definition, id, version, createdAt, updatedAt } = report;
  const { parameters, recipients, cc, condition, csv, caps, pauseAfterFailures } = definition;
  const lines = [
    `${id} – ${stateWords(look)}`,
    line('name', text(definition.name)),
    ...(definition.description === '' ? [] : [line('about', text(definition.description))]),
    line('version', `${version} of ${versions}, ${visibleTime(updatedAt)}; made ${visibleTime(createdAt)}`),
    line('connection', definition.connection),
    line('runs', whenWords(look)),
    line('written as', `${schedule?.whenText ?? JSON.stringify(definition.when)} · ${definition.timezone}`),
    line('schedule', `${schedule?.id ?? '–'} (sluice schedules show tells its runs)`),
    line('missed times', `${definition.catchUp}, within ${definition.catchUpWithin}`),
    line('to', recipients.map(text).join(', ')),
    ...(cc.length === 0 ? [] : [line('cc', cc.map(text).join(', '))]),
    line('subject', text(definition.subject)),
    line('formats', definition.formats.join(', ')),
    ...(definition.formats.includes('csv')
      ? [
          line(
            'csv',
            `delimiter ${JSON.stringify(csv.delimiter)}, ${csv.bom ? 'with' : 'without'} byte order mark`,
          ),
        ]
      : []),
    ...(definition.formulaSafe ? [] : [line('formulas', 'texts that begin like one are left as they are')]),
    line('when empty', definition.onEmpty),
    ...(condition === undefined ? [] : [line('only if', conditionWords(condition))]),
    line('limits', `${caps.rows} rows, ${caps.bytes} bytes, ${definition.timeoutSeconds} s`),
    line('owner', text(definition.owner)),
    line(
      'pauses',
      pauseAfterFailures === undefined
        ? 'never by itself'
        : `by itself after ${pauseAfterFailures} failed runs in a row`,
    ),
    line('keeps', `files and history for ${definition.keepDays} days`),
    line(
      'so far',
      `${report.runCount} runs, ${report.errorCount} failed${report.lastError === null ? '' : `, the last with ${report.lastError}`}`,
    ),
    ...parameters.map(({ name, type, list, value }) =>
      line(`:${name}`, `${type}${list === true ? '[]' : ''} = ${text(JSON.stringify(value))}`),
    ),
    '',
    ...definition.query.split('\n').map((one) => `  ${text(one.replaceAll('\t', '  '))}`),
  ];
  if (next.length > 0)
    lines.push('', 'next', ...next.map((at) => `  ${timeInZone(at, definition.timezone)}`));
  return lines.join('\n');
}

/** `rows > 0, once, again after 12h`. */
function conditionWords({ test, alert, rearmAfter, until, recovered }: ReportCondition): string {
  const what =
    test.kind === 'changed'
      ? 'the rows have changed'
      : test.kind === 'rowCount'
        ? `rows ${test.is} ${test.to}`
        : `${test.rows === 'any' ? 'any ' : ''}${visibleText(test.column)} ${test.is} ${visibleText(String(test.to))}`;
  return [
    what,
    alert === 'every' ? 'every time' : 'once',
    ...(rearmAfter === undefined ? [] : [`again after ${rearmAfter}`]),
    ...(until === undefined ? [] : [`until ${until}`]),
    ...(recovered ? ['told when it ceases'] : []),
  ].join(', ');
}

function text(value: string): string {
  return visibleText(value, { most: 2000 });
}

function line(label: string, value: string): string {
  return `${label.padEnd(WIDTH)} ${value}`;
}
