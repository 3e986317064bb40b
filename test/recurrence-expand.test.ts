import { describe, expect, it } from 'vitest';
import { expand } from '../schedules/recurrence/expand.ts';
import { parseRecurrence } from '../schedules/recurrence/parse.ts';
import { type RecurrenceCase, readExpanded } from './support/recurrence-fixtures.ts';

describe('recurrences expanded', () => {
  it.each([
    { file: 'rfc5545', what: 'the examples of RFC 5545' },
    { file: 'dateutil', what: 'rules that python-dateutil expanded, in 31 zones and at their clock changes' },
    { file: 'corners', what: 'corners where others go wrong' },
    { file: 'good', what: 'unusual but right ways to write a rule' },
  ] as const)('$file: $what', ({ file }) => {
    const different = readExpanded(file).flatMap((entry) => {
      const found = answer(entry);
      return found === entry.times.join(' ') ? [] : [{ ...entry, times: entry.times.join(' '), found }];
    });
    expect({ different: different.length, first: different.slice(0, 10) }).toEqual({
      different: 0,
      first: [],
    });
  });
});

describe('clock changes', () => {
  it('moves a time in a spring gap forward by the gap, that day only', () => {
    expect(berlin('20260328T023000', 'RRULE:FREQ=DAILY;COUNT=3')).toEqual([
      '2026-03-28T01:30:00Z',
      '2026-03-29T01:30:00Z',
      '2026-03-30T00:30:00Z',
    ]);
  });

  it('moves a DTSTART in a gap and keeps its written time for later days', () => {
    expect(berlin('20260329T023000', 'RRULE:FREQ=DAILY;COUNT=2')).toEqual([
      '2026-03-29T01:30:00Z',
      '2026-03-30T00:30:00Z',
    ]);
  });

  it('fires once when a moved time meets one that exists', () => {
    expect(
      berlin('20260329T000000', 'RRULE:FREQ=DAILY;BYHOUR=2,3;BYMINUTE=30;UNTIL=20260329T120000Z'),
    ).toEqual(['2026-03-29T01:30:00Z']);
  });

  it('gives times in the order in which they come, not in that of the clock', () => {
    expect(
      berlin('20260329T000000', 'RRULE:FREQ=DAILY;BYHOUR=2,3;BYMINUTE=10,50;UNTIL=20260329T120000Z'),
    ).toEqual(['2026-03-29T01:10:00Z', '2026-03-29T01:50:00Z']);
    expect(
      berlin(
        '20260329T000000',
        'RRULE:FREQ=DAILY;BYHOUR=2,3;BYMINUTE=0,45;COUNT=3',
        'RDATE:20260329T012000Z',
      ),
    ).toEqual(['2026-03-29T01:00:00Z', '2026-03-29T01:20:00Z', '2026-03-29T01:45:00Z']);
  });

  it('runs a repeated time once, at its first copy', () => {
    expect(berlin('20261024T023000', 'RRULE:FREQ=DAILY;COUNT=3')).toEqual([
      '2026-10-24T00:30:00Z',
      '2026-10-25T00:30:00Z',
      '2026-10-26T01:30:00Z',
    ]);
  });

  it('goes by the clock on the wall below a day, too', () => {
    expect(berlin('20260329T000000', 'RRULE:FREQ=HOURLY;COUNT=5')).toEqual([
      '2026-03-28T23:00:00Z',
      '2026-03-29T00:00:00Z',
      '2026-03-29T01:00:00Z',
      '2026-03-29T02:00:00Z',
    ]);
    expect(berlin('20261025T010000', 'RRULE:FREQ=HOURLY;COUNT=3')).toEqual([
      '2026-10-24T23:00:00Z',
      '2026-10-25T00:00:00Z',
      '2026-10-25T02:00:00Z',
    ]);
  });

  it('moves by half an hour where the clocks do', () => {
    expect(times('DTSTART;TZID=Australia/Lord_Howe:20261004T021500\nRRULE:FREQ=DAILY;COUNT=2')).toEqual([
      '2026-10-03T15:45:00Z',
      '2026-10-04T15:15:00Z',
    ]);
  });

  it('takes a day that a zone left out for the day after', () => {
    expect(times('DTSTART;TZID=Pacific/Apia:20111229T090000\nRRULE:FREQ=DAILY;COUNT=4')).toEqual([
      '2011-12-29T19:00:00Z',
      '2011-12-30T19:00:00Z',
      '2011-12-31T19:00:00Z',
    ]);
  });

  it('leaves gaps out, or runs both copies, only where a schedule asks for it', () => {
    const spring = parseRecurrence('DTSTART;TZID=Europe/Berlin:20260328T023000\nRRULE:FREQ=DAILY;COUNT=3', {
      zone: 'UTC',
      dst: { gap: 'skip', overlap: 'first' },
    });
    expect(expand(spring, { after: 0, count: 9 }).map(iso)).toEqual([
      '2026-03-28T01:30:00Z',
      '2026-03-30T00:30:00Z',
    ]);
    const autumn = parseRecurrence('DTSTART;TZID=Europe/Berlin:20261025T023000\nRRULE:FREQ=DAILY;COUNT=2', {
      zone: 'UTC',
      dst: { gap: 'shift', overlap: 'both' },
    });
    expect(expand(autumn, { after: 0, count: 9 }).map(iso)).toEqual([
      '2026-10-25T00:30:00Z',
      '2026-10-25T01:30:00Z',
      '2026-10-26T01:30:00Z',
    ]);
  });
});

describe('recurrence sets', () => {
  it('does not count a DTSTART that does not fit its own rule', () => {
    expect(utc('20260106T090000', 'RRULE:FREQ=WEEKLY;BYDAY=MO;COUNT=2')).toEqual([
      '2026-01-12T09:00:00Z',
      '2026-01-19T09:00:00Z',
    ]);
  });

  it('counts what a rule gives itself, before exceptions and additions', () => {
    expect(
      utc('20260105T090000', 'RRULE:FREQ=DAILY;COUNT=3', 'EXDATE:20260106T090000Z', 'RDATE:20260120T090000Z'),
    ).toEqual(['2026-01-05T09:00:00Z', '2026-01-07T09:00:00Z', '2026-01-20T09:00:00Z']);
  });

  it('compares exceptions as instants, in whatever zone they are written, and they win', () => {
    expect(
      utc(
        '20260105T090000',
        'RRULE:FREQ=DAILY;COUNT=2',
        'RDATE:20260110T090000Z',
        'EXDATE;TZID=Asia/Tokyo:20260105T180000,20260110T180000',
      ),
    ).toEqual(['2026-01-06T09:00:00Z']);
  });

  it('compares UNTIL as an instant and includes it', () => {
    expect(berlin('20260105T090000', 'RRULE:FREQ=DAILY;UNTIL=20260106T080000Z')).toHaveLength(2);
    expect(berlin('20260105T090000', 'RRULE:FREQ=DAILY;UNTIL=20260106T075959Z')).toHaveLength(1);
  });

  it('unites several rules, each with its own COUNT, and fires once where they meet', () => {
    expect(utc('20260105T090000', 'RRULE:FREQ=DAILY;COUNT=2', 'RRULE:FREQ=DAILY;INTERVAL=2;COUNT=2')).toEqual(
      ['2026-01-05T09:00:00Z', '2026-01-06T09:00:00Z', '2026-01-07T09:00:00Z'],
    );
  });

  it('still applies EXRULE of the older standard', () => {
    expect(utc('20260109T090000', 'RRULE:FREQ=DAILY;COUNT=4', 'EXRULE:FREQ=WEEKLY;BYDAY=SA,SU')).toEqual([
      '2026-01-09T09:00:00Z',
      '2026-01-12T09:00:00Z',
    ]);
  });
});

describe('places and weeks', () => {
  it('counts places over the whole first week and drops what is before DTSTART', () => {
    // A Wednesday.
    expect(utc('20260107T090000', 'RRULE:FREQ=WEEKLY;BYDAY=MO,WE,FR;BYSETPOS=1;COUNT=1')).toEqual([
      '2026-01-12T09:00:00Z',
    ]);
  });

  it('takes all seven days of a week that names none', () => {
    expect(utc('20260101T090000', 'RRULE:FREQ=YEARLY;BYWEEKNO=20;COUNT=7')).toEqual(
      [11, 12, 13, 14, 15, 16, 17].map((day) => `2026-05-${day}T09:00:00Z`),
    );
  });

  it('knows the days of week 53 that lie in January', () => {
    expect(utc('20160101T090000', 'RRULE:FREQ=YEARLY;BYWEEKNO=53;BYMONTH=1;COUNT=3')).toEqual([
      '2016-01-01T09:00:00Z',
      '2016-01-02T09:00:00Z',
      '2016-01-03T09:00:00Z',
    ]);
  });

  it('unites weekdays with and without a number', () => {
    expect(utc('20260101T090000', 'RRULE:FREQ=MONTHLY;BYDAY=FR,1TH;COUNT=3')).toEqual([
      '2026-01-01T09:00:00Z',
      '2026-01-02T09:00:00Z',
      '2026-01-09T09:00:00Z',
    ]);
  });

  it('reads second 60 as 59', () => {
    expect(utc('20260101T090000', 'RRULE:FREQ=DAILY;BYSECOND=59,60;COUNT=1')).toEqual([
      '2026-01-01T09:00:59Z',
    ]);
  });
});

describe('where to look', () => {
  it('gives times strictly after, strictly before, and at most so many', () => {
    const set = parseRecurrence('DTSTART:20260105T090000Z\nRRULE:FREQ=DAILY', { zone: 'UTC' });
    const bounds = { after: seconds('2026-01-05T09:00:00Z'), before: seconds('2026-01-08T09:00:00Z') };
    expect(expand(set, { ...bounds, count: 9 }).map(iso)).toEqual([
      '2026-01-06T09:00:00Z',
      '2026-01-07T09:00:00Z',
    ]);
    expect(expand(set, { ...bounds, count: 1 }).map(iso)).toEqual(['2026-01-06T09:00:00Z']);
  });

  it('starts a rule without DTSTART at midnight of 2020-01-01 in the zone that it is given', () => {
    const set = parseRecurrence('FREQ=WEEKLY;BYHOUR=9', { zone: 'Europe/Berlin' });
    // A Wednesday.
    expect(expand(set, { after: 0, count: 2 }).map(iso)).toEqual([
      '2020-01-01T08:00:00Z',
      '2020-01-08T08:00:00Z',
    ]);
  });

  it('finds the same times from wherever it starts', () => {
    const wrong = readExpanded('dateutil')
      .concat(readExpanded('corners'))
      .filter(({ ics, times: [, second] }) => second !== undefined && !ics.includes('COUNT=1000'))
      .filter((entry) => {
        const [first = '', ...rest] = entry.times;
        return answer({ ...entry, after: first, count: rest.length }) !== rest.join(' ');
      });
    expect(wrong.map(({ id }) => id)).toEqual([]);
  });
});

/** Times joined by spaces, or the message. */
function answer({ ics, after, count }: RecurrenceCase): string {
  try {
    return expand(parseRecurrence(ics, { zone: 'UTC' }), { after: seconds(after), count })
      .map(iso)
      .join(' ');
  } catch (error) {
    return String(error);
  }
}

/** At most nine from the start. */
function times(ics: string): readonly string[] {
  return expand(parseRecurrence(ics, { zone: 'UTC' }), { after: 0, count: 9 }).map(iso);
}

function berlin(start: string, ...lines: readonly string[]): readonly string[] {
  return times([`DTSTART;TZID=Europe/Berlin:${start}`, ...lines].join('\n'));
}

function utc(start: string, ...lines: readonly string[]): readonly string[] {
  return times([`DTSTART:${start}Z`, ...lines].join('\n'));
}

function seconds(text: string): number {
  return Date.parse(text) / 1000;
}

function iso(instant: number): string {
  return new Date(instant * 1000).toISOString().replace('.000Z', 'Z');
}
