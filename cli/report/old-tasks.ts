import { messageOf, UsageError } from '../../domain/errors.ts';
import type { ReportConnection } from '../../domain/reports/connections.ts';
import { whenOfFields } from './cron-fields.ts';
import type { RawReport } from './definition-file.ts';
import { connectionOf } from './old-connection.ts';

/** A task of the old tool as a report, not looked at yet. */
export interface OldTask {
  readonly name: string;
  /** Undefined: it cannot be one, which `problems` explains. */
  readonly raw: RawReport | undefined;
  readonly problems: readonly string[];
  /** What is different now, or has to be done. */
  readonly remarks: readonly string[];
  /** Line for REPORT_CONNECTIONS, without a password; undefined: it is there. */
  readonly missingConnection: string | undefined;
}

type Task = Readonly<Record<string, unknown>>;

const KNOWN = [
  'task_id',
  'name',
  'description',
  'database_type',
  'database_url',
  'query',
  'schedule_type',
  'schedule_config',
  'email_recipients',
  'email_cc_recipients',
  'email_subject',
  'export_excel',
  'export_pdf',
  'excel_path',
  'pdf_path',
  'is_active',
  'created_at',
  'last_run',
  'next_run',
  'run_count',
  'error_count',
  'last_error',
];
const SPANS = { weeks: 604_800, days: 86_400, hours: 3600, minutes: 60, seconds: 1 } as const;
const CRON_FIELDS = {
  year: 'year',
  month: 'month',
  day: 'day',
  day_of_week: 'dayOfWeek',
  hour: 'hour',
  minute: 'minute',
  second: 'second',
} as const;

/** Whether a JSON value is the task file of the old tool. */
export function isTaskFile(value: unknown): value is readonly Task[] {
  return (
    Array.isArray(value) && value.length > 0 && value.every((one) => isRecord(one) && 'schedule_type' in one)
  );
}

/** The tasks of the old tool's `tasks.json`. @param input.timezone in which the old tool's clock ran */
export function readTasks(
  tasks: readonly Task[],
  {
    connections,
    timezone,
    owner,
  }: {
    readonly connections: readonly ReportConnection[];
    readonly timezone: string;
    readonly owner: string | undefined;
  },
): readonly OldTask[] {
  const taken = new Map<string, string>();
  return tasks.map((task, at) => readTask(task, { at, connections, timezone, owner, taken }));
}

function readTask(
  task: Task,
  {
    at,
    connections,
    timezone,
    owner,
    taken,
  }: {
    readonly at: number;
    readonly connections: readonly ReportConnection[];
    readonly timezone: string;
    readonly owner: string | undefined;
    readonly taken: Map<string, string>;
  },
): OldTask {
  const problems: string[] = [];
  const attempt = <T>(work: () => T): T | undefined => {
    try {
      return work();
    } catch (error) {
      problems.push(messageOf(error));
      return undefined;
    }
  };
  const name = text(task.name) ?? `task ${at + 1}`;
  const connection = attempt(() => connectionOf(text(task.database_url) ?? '', { connections, taken }));
  const when = attempt(() => whenOf(task));
  const formats = [
    'html',
    ...(task.export_excel === false ? [] : ['xlsx']),
    ...(task.export_pdf === true ? ['pdf'] : []),
  ];
  const cc = list(task.email_cc_recipients);
  const remarks = remarksOf(task);
  if (problems.length > 0 || connection === undefined || when === undefined) {
    return { name, raw: undefined, problems, remarks, missingConnection: connection?.missing };
  }
  const raw = {
    name,
    description: text(task.description) ?? '',
    connection: connection.name,
    query: text(task.query) ?? '',
    when,
    timezone,
    recipients: list(task.email_recipients),
    ...(cc.length === 0 ? {} : { cc }),
    subject: plainSubject(text(task.email_subject) ?? 'Scheduled Database Report'),
    formats,
    // It took an empty result for an error and sent nothing.
    onEmpty: 'skip',
    ...(owner === undefined ? {} : { owner }),
    isActive: task.is_active !== false,
  };
  return { name, raw, problems, remarks, missingConnection: connection.missing };
}

function whenOf(task: Task): unknown {
  const config: Task = isRecord(task.schedule_config) ? task.schedule_config : {};
  switch (task.schedule_type) {
    case 'cron':
      return cronOf(config);
    case 'interval':
      return intervalOf(config);
    case 'once': {
      const at = text(config.run_date);
      if (at === undefined) throw new UsageError('schedule_config.run_date is missing');
      return { once: at.trim().replace(' ', 'T').replace(/\.\d+/, '') };
    }
    default:
      throw new UsageError(
        `schedule_type ${JSON.stringify(task.schedule_type)} is none of cron, interval, once`,
      );
  }
}

function cronOf(config: Task): unknown {
  if (given(config.week) !== undefined) {
    throw new UsageError(
      `schedule_config.week ${JSON.stringify(config.week)}: Temporal has no weeks of the year`,
      'Say it as an RRULE with BYWEEKNO in a report of its own.',
    );
  }
  const unknown = Object.keys(config).filter((key) => key !== 'week' && !Object.hasOwn(CRON_FIELDS, key));
  if (unknown.length > 0)
    throw new UsageError(`schedule_config.${unknown[0]} is no field of a cron schedule`);
  const fields = Object.entries(CRON_FIELDS).map(([old, name]) => [name, given(config[old])]);
  return whenOfFields(Object.fromEntries(fields) as Parameters<typeof whenOfFields>[0]);
}

function intervalOf(config: Task): unknown {
  const lengths = Object.entries(SPANS).flatMap(([unit, seconds]) => {
    const value = given(config[unit]);
    if (value === undefined) return [];
    const count = Number(value);
    if (Number.isInteger(count) && count >= 0) return [count * seconds];
    throw new UsageError(
      `schedule_config.${unit} must be a whole number (it is ${JSON.stringify(config[unit])})`,
    );
  });
  // Nothing said meant an hour there, too.
  const total = lengths.length === 0 ? 3600 : lengths.reduce((sum, length) => sum + length, 0);
  if (total === 0) throw new UsageError('schedule_config names an interval of nothing');
  return { every: `${total}s` };
}

function remarksOf(task: Task): readonly string[] {
  const unknown = Object.keys(task).filter((key) => !KNOWN.includes(key));
  const paths = ['excel_path', 'pdf_path'].filter((key) => text(task[key]) !== undefined);
  return [
    ...(unknown.length === 0
      ? []
      : [`fields that the old tool does not know are left out: ${unknown.join(', ')}`]),
    ...(paths.length === 0
      ? []
      : [`${paths.join(' and ')} left out: files are kept by run and sent, not written to a path`]),
    ...(task.schedule_type === 'interval'
      ? ['intervals count from 1970 in UTC, not from the start of a process']
      : []),
  ];
}

/** Braces mean something in subjects now. */
function plainSubject(subject: string): string {
  return subject.replace(/[{}]/g, '').replace(/\s+/g, ' ').trim() || 'Scheduled Database Report';
}

/** Text of a field; nothing for null and blank, which the old tool wrote for what was left out. */
function given(value: unknown): string | undefined {
  if (typeof value !== 'string' && typeof value !== 'number') return undefined;
  const shown = String(value).trim();
  return shown === '' ? undefined : shown;
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' && value.trim() !== '' ? value : undefined;
}

function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? (value as unknown[]) : [];
}

function isRecord(value: unknown): value is Task {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
