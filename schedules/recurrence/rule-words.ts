import { DAY, dayOf, HOUR, MINUTE, modulo } from './civil.ts';
import { clockWords, plainPart } from './clock-words.ts';
import { byPosition, isBusinessDays } from './day-parts.ts';
import { type DayTimes, product } from './day-times.ts';
import { type DayWords, dayWords } from './day-words.ts';
import { dateText, everyText, instantText, listText, positionText, weekdayWord } from './phrases.ts';
import type { RecurrenceRule, RecurrenceSet } from './rule.ts';
import { ruleDays } from './rule-days.ts';
import { instantsOf, type Zone } from './zone.ts';

export interface RuleWords {
  readonly text: string;
  /** What of the set's start has to be told beside the text: nothing when it is long ago, its day, or its time, too. */
  readonly start: 'nothing' | 'day' | 'time';
  /** The one time of day at which it fires, seconds after midnight; undefined when there are several. */
  readonly time: number | undefined;
}

/** One rule of a set, all of its parts, in words. */
export function ruleWords(
  rule: RecurrenceRule,
  { set, zone }: { readonly set: RecurrenceSet; readonly zone: Zone },
): RuleWords {
  const { dtstart } = set;
  const days = dayWords(rule, dtstart);
  const plain = plainWords(rule, { dtstart, days }) ?? rhythmBelowADay(rule, { dtstart, days });
  const { earliest, latest } = plain;
  return {
    text: `${plain.text}${weekStart(rule, set)}${endWords(rule, { set, zone, earliest, latest })}`,
    start: plain.start === 'nothing' && rule.count !== undefined ? 'day' : plain.start,
    time: earliest === latest ? earliest : undefined,
  };
}

interface Sentence extends Pick<RuleWords, 'text' | 'start'> {
  /** Times of day, seconds after midnight, between which all are. */
  readonly earliest: number;
  readonly latest: number;
}

interface Context {
  readonly dtstart: number;
  readonly days: DayWords;
}

/** Rules that have the same times on each of their days. */
function plainWords(rule: RecurrenceRule, { dtstart, days }: Context): Sentence | undefined {
  const isBelowADay = ['HOURLY', 'MINUTELY', 'SECONDLY'].includes(rule.freq);
  const { everyDay } = ruleDays(rule, dtstart);
  if (isBelowADay && everyDay === undefined) return undefined;
  const all = product(rule, clockOf(dtstart));
  const sentence = (text: string, times: DayTimes): Sentence => ({
    text,
    start: rule.interval > 1 && !isBelowADay ? 'day' : 'nothing',
    earliest: times[0] ?? 0,
    latest: times.at(-1) ?? DAY - 1,
  });
  if (everyDay?.length === 0) return sentence('never', everyDay);
  if (everyDay !== undefined) {
    const words = clockWords(everyDay);
    if (words !== undefined) return sentence(`${joined(words, days)}${days.limits}`, everyDay);
    if (isBelowADay) return undefined;
  }
  const words = clockWords(all);
  if (words === undefined) throw new Error('a product of hours, minutes and seconds has words');
  const positions = rule.bysetpos;
  if (positions === undefined) return sentence(`${joined(words, days)}${days.limits}`, all);
  const month = businessDaysOf(rule);
  if (month !== undefined && all.length === 1) {
    const chosen = listText(byPosition(positions).map(positionText));
    return sentence(joined(words, { ...days, head: `the ${chosen} business day of ${month}` }), all);
  }
  return sentence(`${joined(words, days)}${days.limits}${ofThese(positions, PERIODS[rule.freq])}`, all);
}

const PERIODS: Readonly<Record<RecurrenceRule['freq'], string>> = {
  SECONDLY: 'second',
  MINUTELY: 'minute',
  HOURLY: 'hour',
  DAILY: 'day',
  WEEKLY: 'week',
  MONTHLY: 'month',
  YEARLY: 'year',
};

/** BYSETPOS. */
function ofThese(positions: readonly number[], period: string): string {
  const chosen = byPosition(positions).map((position) => `the ${positionText(position)}`);
  return `, of these only ${listText(chosen)} of each ${period}`;
}

/** Of what the business days are counted; undefined where they are not, or something else limits them. */
function businessDaysOf(rule: RecurrenceRule): string | undefined {
  const { freq, interval, byday = [], bymonthday, byyearday, byweekno, bymonth, byyear } = rule;
  const limits = [bymonthday, byyearday, byweekno, bymonth, byyear].some((part) => part !== undefined);
  if (interval !== 1 || limits || !isBusinessDays(byday)) return undefined;
  return freq === 'MONTHLY' ? 'the month' : freq === 'YEARLY' ? 'the year' : undefined;
}

function joined(
  clock: { readonly place: 'after' | 'before'; readonly text: string },
  { head, tail }: DayWords,
): string {
  return clock.place === 'after' ? `${head} ${clock.text}` : `${clock.text}${tail}`;
}

/** Hours, minutes or seconds whose interval does not fit into a day, so that each day has times of its own. */
function rhythmBelowADay(rule: RecurrenceRule, { dtstart, days }: Context): Sentence {
  const { freq, interval, byhour, byminute, bysecond, bysetpos } = rule;
  const { minute, second } = clockOf(dtstart);
  const seconds = plainPart('second', bysecond ?? [second]);
  const isOnTheMinute = (bysecond ?? [second]).join() === '0';
  const inside =
    freq === 'HOURLY'
      ? ` at ${isOnTheMinute ? '' : `${seconds} of `}${plainPart('minute', byminute ?? [minute])}`
      : freq === 'MINUTELY' && !isOnTheMinute
        ? ` at ${seconds}`
        : '';
  const limits = [
    ...(byhour === undefined ? [] : [plainPart('hour', byhour)]),
    ...(byminute === undefined || freq === 'HOURLY' ? [] : [plainPart('minute', byminute)]),
    ...(bysecond === undefined || freq !== 'SECONDLY' ? [] : [plainPart('second', bysecond)]),
  ];
  const within = limits.length === 0 ? '' : `, only in the ${listText(limits)}`;
  const chosen = bysetpos === undefined ? '' : ofThese(bysetpos, PERIODS[freq]);
  return {
    text: `${everyText(interval, PERIODS[freq])} by the clock${inside}${days.tail}${within}${days.limits}${chosen}`,
    start: 'time',
    earliest: 0,
    latest: DAY - 1,
  };
}

/** The first day of the week, where another one would change the days. */
function weekStart(rule: RecurrenceRule, set: RecurrenceSet): string {
  const { freq, interval, bysetpos, byweekno, wkst } = rule;
  const matters =
    (freq === 'WEEKLY' && (bysetpos !== undefined || (interval > 1 && !isLoneWeekday(rule, set)))) ||
    byweekno !== undefined;
  return matters && wkst !== 0 ? `, weeks beginning on ${weekdayWord(wkst)}` : '';
}

/** Every other Tuesday, and nothing beside it: told from its first Tuesday, so that it does not matter when weeks begin. */
export function isLoneWeekday(
  { freq, byday, bysetpos }: RecurrenceRule,
  { rules, exrules }: RecurrenceSet,
): boolean {
  return (
    freq === 'WEEKLY' &&
    rules.length + exrules.length === 1 &&
    bysetpos === undefined &&
    (byday?.length ?? 1) === 1
  );
}

function endWords(
  { count, until }: RecurrenceRule,
  {
    set: { dst },
    zone,
    earliest,
    latest,
  }: { readonly set: RecurrenceSet; readonly zone: Zone; readonly earliest: number; readonly latest: number },
): string {
  if (count !== undefined) return count === 1 ? ', one time' : `, ${count} times`;
  if (until === undefined) return '';
  const day = dayOf(zone.toWall(until));
  const first = instantsOf(zone.read(day * DAY + earliest), dst);
  const last = instantsOf(zone.read(day * DAY + latest), dst);
  if (last.every((instant) => instant <= until)) return `, until ${dateText(day)}`;
  if (first.every((instant) => instant > until)) return `, until the day before ${dateText(day)}`;
  return `, until ${instantText(until, zone)}`;
}

function clockOf(wall: number): { readonly hour: number; readonly minute: number; readonly second: number } {
  const time = modulo(wall, DAY);
  return { hour: Math.floor(time / HOUR), minute: Math.floor(time / MINUTE) % 60, second: time % 60 };
}
