import { Temporal } from 'temporal-polyfill';
import type { QuizUser } from './user.ts';

/** What somebody chose for the reminder, as far as it is understood. */
export interface OwnTime {
  /** IANA. */
  readonly zone: string | undefined;
  /** Minutes after midnight. */
  readonly minute: number | undefined;
  /** What was written and is not understood. */
  readonly faults: readonly OwnTimeFault[];
}
export type OwnTimeFault = 'unknown_zone' | 'unreadable_time';

/**
 * For whom a run is. `default_time`: those who have chosen neither zone nor time; `own_time`: all others, each when it is
 * their time; `everyone`: all, now, whatever they chose (a run by hand).
 */
export type ReminderGroup = 'default_time' | 'own_time' | 'everyone';

/** When a person's reminder is due. */
export interface ReminderTime {
  /** UTC milliseconds. */
  readonly at: number;
  readonly zone: string;
  /** `YYYY-MM-DD` on which it is due where the person is; there is one reminder for it. */
  readonly localDate: string;
  /** `schedule`: an hour that the person, or the settings, chose. `hand`: somebody ran it now. */
  readonly chosenBy: 'schedule' | 'hand';
}

export interface ReminderDefaults {
  /** IANA. */
  readonly timezone: string;
  /** 0 to 23. */
  readonly hour: number;
}

/** Runs for people with a time of their own come so often, and each takes those who were due since the one before. */
const OWN_TIME_STEP_MS = 15 * 60_000;

/** Reads what somebody chose. An unknown zone or an unreadable time is as good as none. */
export function ownTimeOf({ timezone, reminderTime }: Pick<QuizUser, 'timezone' | 'reminderTime'>): OwnTime {
  const writtenZone = timezone?.trim() ?? '';
  const writtenTime = reminderTime?.trim() ?? '';
  const zone = knownZone(writtenZone);
  const minute = minuteOf(writtenTime);
  return {
    zone,
    minute,
    faults: [
      ...(writtenZone !== '' && zone === undefined ? (['unknown_zone'] as const) : []),
      ...(writtenTime !== '' && minute === undefined ? (['unreadable_time'] as const) : []),
    ],
  };
}

/**
 * When a person's reminder is due in the run of a slot.
 * @param slot the run's logical time, UTC milliseconds
 * @returns `other_run` for somebody whose reminder another run sends, `not_now` outside of this one's quarter of an hour
 */
export function reminderTime({
  own,
  group,
  slot,
  defaults,
}: {
  readonly own: OwnTime;
  readonly group: ReminderGroup;
  readonly slot: number;
  readonly defaults: ReminderDefaults;
}): ReminderTime | 'other_run' | 'not_now' {
  const zone = own.zone ?? defaults.timezone;
  const hasOwn = own.zone !== undefined || own.minute !== undefined;
  if (group === 'everyone' || (group === 'default_time' && !hasOwn)) {
    const chosenBy = group === 'everyone' ? 'hand' : 'schedule';
    return { at: slot, zone, localDate: localDate({ at: slot, zone }), chosenBy };
  }
  if (group === 'default_time' || !hasOwn) return 'other_run';
  const minute = own.minute ?? defaults.hour * 60;
  // The quarter may begin before midnight.
  const days = new Set([slot - OWN_TIME_STEP_MS, slot].map((at) => localDate({ at, zone })));
  for (const day of days) {
    const at = instantOf({ day, minute, zone });
    if (at > slot - OWN_TIME_STEP_MS && at <= slot) return { at, zone, localDate: day, chosenBy: 'schedule' };
  }
  return 'not_now';
}

/** The calendar day of an instant in a zone, `YYYY-MM-DD`. */
export function localDate({ at, zone }: { readonly at: number; readonly zone: string }): string {
  return Temporal.Instant.fromEpochMilliseconds(at).toZonedDateTimeISO(zone).toPlainDate().toString();
}

/** A time that clocks skip moves forward by the gap; of a repeated one the first pass counts (RFC 5545, 3.3.5). */
function instantOf({
  day,
  minute,
  zone,
}: {
  readonly day: string;
  readonly minute: number;
  readonly zone: string;
}): number {
  return Temporal.PlainDate.from(day)
    .toPlainDateTime(Temporal.PlainTime.from({ hour: Math.floor(minute / 60), minute: minute % 60 }))
    .toZonedDateTime(zone, { disambiguation: 'compatible' }).epochMilliseconds;
}

const zones = new Map<string, string | undefined>();
/** A source may hold any number of nonsense texts. */
const MOST_ZONES = 2_000;

function knownZone(written: string): string | undefined {
  if (written === '') return undefined;
  if (!zones.has(written)) {
    if (zones.size >= MOST_ZONES) zones.clear();
    zones.set(written, resolveZone(written));
  }
  return zones.get(written);
}

/** Offsets are no zones: they know no summer time. */
function resolveZone(written: string): string | undefined {
  try {
    const { timeZone } = Intl.DateTimeFormat('en', { timeZone: written }).resolvedOptions();
    return /^[+-]/.test(timeZone) ? undefined : timeZone;
  } catch {
    return undefined;
  }
}

function minuteOf(written: string): number | undefined {
  const [, hour, minute] = /^(\d{1,2}):(\d{2})(?::\d{2}(?:\.\d+)?)?$/.exec(written) ?? [];
  if (hour === undefined || minute === undefined) return undefined;
  return Number(hour) < 24 && Number(minute) < 60 ? Number(hour) * 60 + Number(minute) : undefined;
}
