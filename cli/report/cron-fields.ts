import { UsageError } from '../../domain/errors.ts';
import type { ReportWhen } from '../../domain/reports/definition.ts';
import { FIELDS, type FieldName } from '../../schedules/recurrence/calendar.ts';
import { readCron } from '../../schedules/recurrence/cron.ts';

/** Fields of a time by name, the largest first, as in APScheduler's cron trigger; each an expression such as `mon-fri` or `0,30`. */
export interface CronFields {
  readonly year?: string | undefined;
  readonly month?: string | undefined;
  readonly day?: string | undefined;
  readonly dayOfWeek?: string | undefined;
  readonly hour?: string | undefined;
  readonly minute?: string | undefined;
  readonly second?: string | undefined;
}

const ORDER = ['year', 'month', 'day', 'hour', 'minute', 'second'] as const;
type TimeField = (typeof ORDER)[number];
const CRON_NAMES: Readonly<Record<TimeField, FieldName>> = {
  year: 'year',
  month: 'month',
  day: 'dayOfMonth',
  hour: 'hour',
  minute: 'minute',
  second: 'second',
};
const WEEKDAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;
const ORDINALS = ['1st', '2nd', '3rd', '4th', '5th', 'last'] as const;

/**
 * A rule from fields by name. What is left out means any where it is larger than the largest one given, and its least value
 * where it is smaller: hour 9 is 09:00, once. Monday is 0 where weekdays are numbers.
 * @throws UsageError naming the field
 */
export function whenOfFields(fields: CronFields): ReportWhen {
  const given = (name: keyof CronFields) => {
    const text = fields[name]
      ?.trim()
      .toLowerCase()
      .replace(/\s*,\s*/g, ',');
    return text === undefined || text === '' ? undefined : text;
  };
  const weekday = given('dayOfWeek');
  const named = ORDER.findIndex((name) => given(name) !== undefined);
  if (named === -1 && weekday === undefined) {
    throw new UsageError('cron names no field', 'Like { dayOfWeek: mon, hour: 9 }.');
  }
  const largest = weekday === undefined ? named : Math.min(ORDER.indexOf('day'), named === -1 ? 9 : named);
  const at = (name: TimeField): string => {
    const text = given(name);
    if (text !== undefined) return text;
    if (ORDER.indexOf(name) < largest || (name === 'day' && weekday !== undefined)) return '*';
    return String(FIELDS[CRON_NAMES[name]].least);
  };
  if (at('year').includes('/')) throw new UsageError(`cron: ${at('year')} is no year; name them one by one`);
  const days = weekday === undefined ? '*' : weekdaysOf(weekday);
  const [line, day] = [[at('second'), at('minute'), at('hour')].join(' '), at('day')];
  if (day === '*' || (days === '*' && !isWorded(day))) {
    const isPlain = at('second') === '0' && at('year') === '*';
    const rest = `${day} ${at('month')} ${days}`;
    return { cron: isPlain ? `${at('minute')} ${at('hour')} ${rest}` : `${line} ${rest} ${at('year')}` };
  }
  if (at('year') !== '*') {
    throw new UsageError(`cron: year ${at('year')} does not go together with day ${day}`);
  }
  return { rrule: monthlyRule({ day, days, line, month: at('month') }) };
}

function isWorded(day: string): boolean {
  return /[a-z]/.test(day);
}

/** What a crontab line cannot say: the last day, the 2nd Friday, Friday the 13th. */
function monthlyRule({
  day,
  days,
  line,
  month,
}: {
  readonly day: string;
  readonly days: string;
  /** Second, minute, hour. */
  readonly line: string;
  readonly month: string;
}): string {
  const numbers = readCron(`${line} ${isWorded(day) ? '*' : day} ${month} * *`);
  return [
    'FREQ=MONTHLY',
    ...part('BYMONTH', numbers.month),
    ...(isWorded(day) ? wordedDays(day, days) : part('BYMONTHDAY', numbers.dayOfMonth)),
    ...(days === '*' || isWorded(day)
      ? []
      : part('BYDAY', days.replace('mon-fri', 'mon,tue,wed,thu,fri').split(',').map(twoLetters))),
    ...part('BYHOUR', numbers.hour ?? all(24)),
    ...part('BYMINUTE', numbers.minute ?? all(60)),
    ...part('BYSECOND', numbers.second ?? all(60)),
  ].join(';');
}

function part(name: string, values: readonly (number | string)[] | undefined): readonly string[] {
  return values === undefined ? [] : [`${name}=${[...new Set(values)].join(',')}`];
}

function all(count: number): readonly number[] {
  return Array.from({ length: count }, (_, number) => number);
}

/** `last`, `2nd fri`, `last sun`. */
function wordedDays(day: string, days: string): readonly string[] {
  if (days !== '*') throw new UsageError(`cron: day "${day}" does not go together with a weekday`);
  if (day === 'last') return ['BYMONTHDAY=-1'];
  const parts = day.split(',').map((one) => {
    const [, ordinal, name] = /^(\w+)\s+([a-z]{3})$/.exec(one) ?? [];
    const nth = ORDINALS.findIndex((word) => word === ordinal);
    const weekday = WEEKDAYS.find((word) => word === name);
    if (nth === -1 || weekday === undefined) {
      throw new UsageError(`cron: "${one}" is no day`, 'Like 1, 1-15, */2, last, 2nd fri or last sun.');
    }
    return `${ordinal === 'last' ? -1 : nth + 1}${twoLetters(weekday)}`;
  });
  return [`BYDAY=${parts.join(',')}`];
}

/** Names joined by commas, `mon-fri` for those, `*` for all. */
function weekdaysOf(text: string): string {
  const found = new Set<number>();
  for (const item of text.split(',')) {
    const [, star, from, to, step] = /^(?:(\*)|([a-z]+|\d)(?:-([a-z]+|\d))?)(?:\/(\d+))?$/.exec(item) ?? [];
    const first = star === undefined ? weekdayNumber(from) : 0;
    const last = star === undefined ? (to === undefined ? first : weekdayNumber(to)) : 6;
    if (first === undefined || last === undefined || last < first || step === '0') {
      throw new UsageError(`cron: "${item}" is no weekday`, 'Like mon, mon-fri or sat,sun; 0 is Monday.');
    }
    for (let day = first; day <= last; day += Number(step ?? 1)) found.add(day);
  }
  const names = WEEKDAYS.filter((_, day) => found.has(day)).join(',');
  if (found.size === WEEKDAYS.length) return '*';
  return names === 'mon,tue,wed,thu,fri' ? 'mon-fri' : names;
}

function weekdayNumber(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const number = /^\d$/.test(text) ? Number(text) : WEEKDAYS.findIndex((name) => text.startsWith(name));
  return number >= 0 && number < WEEKDAYS.length ? number : undefined;
}

function twoLetters(name: string): string {
  return name.slice(0, 2).toUpperCase();
}
