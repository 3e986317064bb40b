import type { When } from '../define.ts';
import { parseSpan } from '../span.ts';
import { calendarSet, readCalendar } from './calendar.ts';
import { modulo } from './civil.ts';
import { readCron } from './cron.ts';
import { quote, RecurrenceError } from './error.ts';
import { parseMoment } from './moment.ts';
import { parseRecurrence, zoneNamed } from './parse.ts';
import { type DstPolicy, type Recurrence, RFC_DST } from './rule.ts';
import { instantsOf } from './zone.ts';

/**
 * What a schedule's author wrote, ready to be expanded and compiled.
 * @param timezone IANA zone of its local times
 * @throws RecurrenceError naming the part and the offending text
 */
export function toRecurrence(
  when: When,
  { timezone, dst: wanted = {} }: { readonly timezone: string; readonly dst?: Partial<DstPolicy> },
): Recurrence {
  const dst = { ...RFC_DST, ...wanted };
  const { name: zone } = zoneNamed(timezone, 'timezone');
  switch (when.kind) {
    case 'every':
      return { kind: 'interval', zone, interval: interval(when) };
    case 'cron':
      return { kind: 'rules', set: calendarSet(readCron(when.line), { zone, dst }) };
    case 'calendar':
      return { kind: 'rules', set: calendarSet(readCalendar(when.fields), { zone, dst }) };
    case 'rrule':
      return { kind: 'rules', set: parseRecurrence(when.ics, { zone, dst }) };
    case 'once':
      return {
        kind: 'rules',
        set: {
          zone,
          dtstart: 0,
          rules: [],
          exrules: [],
          rdates: [instantOf(when.at, zone)],
          exdates: [],
          dst,
        },
      };
    default:
      return { kind: 'manual', zone };
  }
}

/** How it was written, one line. */
export function whenText(when: When): string {
  switch (when.kind) {
    case 'every':
      return /^0+[smhdw]$/.test(when.offset) ? `every ${when.every}` : `every ${when.every} +${when.offset}`;
    case 'cron':
      return `cron ${when.line}`;
    case 'calendar':
      return `calendar ${JSON.stringify(when.fields)}`;
    case 'rrule':
      return when.ics.trim().replace(/\r?\n/g, ' ');
    case 'once':
      return `once ${when.at}`;
    default:
      return 'manual';
  }
}

function interval({ every, offset }: Extract<When, { kind: 'every' }>): {
  readonly every: number;
  readonly offset: number;
} {
  const seconds = parseSpan(every) / 1000;
  if (seconds < 1) throw new RecurrenceError(`every: ${quote(every)} is shorter than a second`);
  return { every: seconds, offset: modulo(parseSpan(offset) / 1000, seconds) };
}

/**
 * `2026-12-01`, `2026-12-01T09:00[:00]` in a zone, or with a Z or an offset. A local time that clocks leave out moves
 * forward, one that they repeat is its first copy.
 * @throws RecurrenceError for anything else
 */
export function instantOf(text: string, zone: string): number {
  const parsed = /^(\d{4})-(\d\d)-(\d\d)(?:T(\d\d):(\d\d)(?::(\d\d))?(Z|[+-]\d\d:\d\d)?)?$/.exec(text);
  if (parsed === null) {
    throw new RecurrenceError(
      `${quote(text)} is no time like 2026-12-01T09:00 (in ${zone}) or 2026-12-01T08:00:00Z`,
    );
  }
  const [, year, month, day, hour = '00', minute = '00', second = '00', shift] = parsed;
  const { wall } = parseMoment(`${year}${month}${day}T${hour}${minute}${second}`, {
    part: text,
    kind: 'time',
  });
  if (shift === undefined) {
    const reading = zoneNamed(zone, 'timezone').read(wall);
    return instantsOf(reading, RFC_DST)[0] ?? reading.first;
  }
  if (shift === 'Z') return wall;
  const [hours = 0, minutes = 0] = shift.slice(1).split(':').map(Number);
  return wall - (shift.startsWith('-') ? -1 : 1) * (hours * 3600 + minutes * 60);
}
