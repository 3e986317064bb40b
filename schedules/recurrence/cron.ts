import { FIELDS, type FieldName, type FieldNumbers, fieldNumber, stepping } from './calendar.ts';
import { quote, RecurrenceError } from './error.ts';

const FIVE: readonly FieldName[] = ['minute', 'hour', 'dayOfMonth', 'month', 'dayOfWeek'];
const SEVEN: readonly FieldName[] = ['second', ...FIVE, 'year'];

const NICKNAMES: Readonly<Record<string, string>> = {
  '@yearly': '0 0 1 1 *',
  '@annually': '0 0 1 1 *',
  '@monthly': '0 0 1 * *',
  '@weekly': '0 0 * * 0',
  '@daily': '0 0 * * *',
  '@midnight': '0 0 * * *',
  '@hourly': '0 * * * *',
};

/**
 * Reads a crontab line: minute, hour, day of month, month, weekday; or those between a second and a year, as Temporal has it.
 * @throws RecurrenceError naming field and text. A line that limits both the day of month and the weekday is refused:
 * cron takes either of them, Temporal both, and most who write it mean a third thing.
 */
export function readCron(line: string): FieldNumbers {
  const fields = (NICKNAMES[line.trim().toLowerCase()] ?? line).trim().split(/\s+/);
  const names = fields.length === SEVEN.length ? SEVEN : FIVE;
  if (fields.length !== names.length) {
    throw new RecurrenceError(
      `cron: ${quote(line)} has ${fields.length === 1 && fields[0] === '' ? 'no' : fields.length} fields, not 5 (minute hour day month weekday) or 7 (second first, year last)`,
      `Like "0 8 * * 1-5", or one of ${Object.keys(NICKNAMES).join(', ')}.`,
    );
  }
  const found: Partial<Record<FieldName, readonly number[]>> = names === FIVE ? { second: [0] } : {};
  for (const [index, name] of names.entries()) {
    const text = fields[index] ?? '';
    if (text !== '*' && text !== '?') found[name] = text.split(',').flatMap((item) => readItem(name, item));
  }
  if (found.dayOfMonth !== undefined && found.dayOfWeek !== undefined) {
    throw new RecurrenceError(
      `cron: ${quote(line)} limits both the day of month and the weekday, which cron reads as "either" and Temporal as "both"`,
      'Say it as a rule: FREQ=MONTHLY;BYDAY=1MO is the first Monday; FREQ=DAILY;BYMONTHDAY=13;BYDAY=FR is Friday the 13th.',
    );
  }
  return found;
}

function readItem(name: FieldName, item: string): readonly number[] {
  const parsed = /^(?:(\*)|([A-Za-z0-9]+)(?:-([A-Za-z0-9]+))?)(?:\/(\d+))?$/.exec(item);
  if (parsed === null)
    throw new RecurrenceError(`cron: ${quote(item)} is no ${name}, like 5, 1-5, 1,3 or */15`);
  const [, star, from, to, step] = parsed;
  const { least, most } = FIELDS[name];
  const last = name === 'dayOfWeek' ? 6 : most;
  const start = star === undefined ? fieldNumber(name, from ?? '', 'cron') : least;
  const upTo =
    to === undefined
      ? star !== undefined || step !== undefined
        ? last
        : start
      : fieldNumber(name, to, 'cron');
  return stepping({ name, start, end: upTo, step: Number(step ?? 1), text: quote(item) });
}
