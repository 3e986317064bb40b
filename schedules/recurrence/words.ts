import { DAY, dayOf, modulo, weekdayOf } from './civil.ts';
import { daysEffort } from './effort.ts';
import { zoneNamed } from './parse.ts';
import {
  clockText,
  dateText,
  dateTimeText,
  everySpanText,
  instantText,
  listText,
  weekdayWord,
} from './phrases.ts';
import type { Interval, Recurrence, RecurrenceSet } from './rule.ts';
import { ruleDays } from './rule-days.ts';
import { isLoneWeekday, type RuleWords, ruleWords } from './rule-words.ts';
import type { Zone } from './zone.ts';

/** Starts that nobody wrote: of calendars and cron lines, and of a bare rule. */
const UNWRITTEN = [Date.UTC(2000, 0, 1) / 1000, Date.UTC(2020, 0, 1) / 1000];
/** So many dates are named one by one. */
const MOST_NAMED = 3;

/**
 * When a recurrence fires, in plain English, with nothing left out but dates of a long list: "weekdays at 08:00
 * (Europe/Berlin)". Times are nominal: what a change of clocks makes of one that does not exist, is not in it.
 */
export function describeRecurrence(recurrence: Recurrence): string {
  switch (recurrence.kind) {
    case 'manual':
      return 'on demand';
    case 'interval':
      return intervalWords(recurrence.interval);
    default:
      return setWords(recurrence.set);
  }
}

/** Elapsed time knows no zone; its first tick is told where it is not midnight of UTC. */
function intervalWords({ every, offset }: Interval): string {
  const text = `${everySpanText(every)}, elapsed time`;
  if (every === DAY) return `${text}, at ${clockText(offset)} UTC`;
  if (every === 7 * DAY) {
    return `every 7 days, elapsed time, ${weekdayWord(weekdayOf(dayOf(offset)))} at ${clockText(modulo(offset, DAY))} UTC`;
  }
  if (DAY % every === 0) return offset === 0 ? text : `${text}, from ${clockText(offset)} UTC`;
  return `${text}, counted from ${dateTimeText(offset)} UTC`;
}

function setWords(set: RecurrenceSet): string {
  const zone = zoneNamed(set.zone, 'timezone');
  const rules = set.rules.map((rule) => ruleWords(rule, { set, zone }));
  const exrules = set.exrules.map((rule) => ruleWords(rule, { set, zone }));
  const dst = dstWords(set);
  if (rules.length === 0)
    return `${extraWords(set, { zone, isAll: true })}${exceptWords(set, { zone, rules, exrules })}${dst} (${zone.name})`;
  const start = startWords(set, [...rules, ...exrules]);
  const text = rules.map((rule) => rule.text).join('; and ');
  const others = `${extraWords(set, { zone, isAll: false })}${exceptWords(set, { zone, rules, exrules })}${dst}`;
  if (start === undefined) return `${text}${others} (${zone.name})`;
  return others === '' ? `${text} (${start}, ${zone.name})` : `${text} (${start})${others} (${zone.name})`;
}

/** From when the rules count, where that is not long ago and changes nothing. */
function startWords(set: RecurrenceSet, words: readonly RuleWords[]): string | undefined {
  const { dtstart } = set;
  if (UNWRITTEN.includes(dtstart) && words.every(({ start }) => start === 'nothing')) return undefined;
  const first = firstOfRhythm(set);
  const day = first ?? dayOf(dtstart);
  const isCut = cutsItsDay(set) || words.some(({ start }) => start === 'time');
  return `from ${isCut ? dateTimeText(dtstart) : dateText(day)}`;
}

/** Every other Tuesday is best counted from a Tuesday. */
function firstOfRhythm(set: RecurrenceSet): number | undefined {
  const { rules, dtstart } = set;
  const [rule] = rules;
  if (rule === undefined || rule.interval === 1 || !isLoneWeekday(rule, set)) return undefined;
  const days = ruleDays(rule, dtstart);
  const effort = daysEffort();
  for (
    let day = days.nextDay(dayOf(dtstart), effort);
    day !== undefined;
    day = days.nextDay(day + 1, effort)
  ) {
    if (days.timesOn(day).some((time) => day * DAY + time >= dtstart)) return day;
  }
  return undefined;
}

/** Some times of the first day are before the start. */
function cutsItsDay({ rules, exrules, dtstart }: RecurrenceSet): boolean {
  const day = dayOf(dtstart);
  return [...rules, ...exrules].some((rule) =>
    ruleDays(rule, dtstart)
      .timesOn(day)
      .some((time) => day * DAY + time < dtstart),
  );
}

/** RDATEs. @param isAll there are no rules beside them */
function extraWords(
  { rdates }: RecurrenceSet,
  { zone, isAll }: { readonly zone: Zone; readonly isAll: boolean },
): string {
  if (rdates.length === 0) return '';
  const text = named(rdates.map((instant) => instantText(instant, zone)));
  if (!isAll) return `, and on ${text}`;
  return rdates.length === 1 ? `once on ${text}` : `on ${text}`;
}

/** EXRULEs and EXDATEs. A day alone says it where all rules fire at one time of it and nothing is added to it. */
function exceptWords(
  { exdates, rdates }: RecurrenceSet,
  {
    zone,
    rules,
    exrules,
  }: { readonly zone: Zone; readonly rules: readonly RuleWords[]; readonly exrules: readonly RuleWords[] },
): string {
  const [time, ...others] = new Set(rules.map((rule) => rule.time));
  const onlyTime = others.length === 0 ? time : undefined;
  const added = new Set(rdates.map((instant) => dayOf(zone.toWall(instant))));
  const texts = exdates.map((instant) => {
    const wall = zone.toWall(instant);
    const full = instantText(instant, zone);
    const isItsDay = modulo(wall, DAY) === onlyTime && !added.has(dayOf(wall));
    return isItsDay && full === dateTimeText(wall) ? dateText(dayOf(wall)) : full;
  });
  return [
    ...exrules.map(({ text }) => `, except ${text}`),
    ...(texts.length === 0 ? [] : [`, except ${named(texts)}`]),
  ].join('');
}

function named(texts: readonly string[]): string {
  if (texts.length <= MOST_NAMED) return listText(texts);
  const more = texts.length - MOST_NAMED;
  return `${texts.slice(0, MOST_NAMED).join(', ')} and ${more} more, the last on ${texts.at(-1)}`;
}

function dstWords({ dst: { gap, overlap } }: RecurrenceSet): string {
  return [
    ...(gap === 'skip' ? [', not at times that clocks leave out'] : []),
    ...(overlap === 'both' ? [', twice at times that clocks repeat'] : []),
  ].join('');
}
