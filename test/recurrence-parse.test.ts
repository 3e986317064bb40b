import { describe, expect, it } from 'vitest';
import { UsageError } from '../domain/errors.ts';
import { parseRecurrence } from '../schedules/recurrence/parse.ts';
import { readExpanded, readRefused } from './support/recurrence-fixtures.ts';

describe('recurrences read', () => {
  it('refuses each bad text with one error that names the part and the text', () => {
    const different = readRefused().flatMap(({ id, ics, names }) => {
      const error = refusal(ics);
      if (error === undefined) return [{ id, ics: ics.slice(0, 200), problem: 'accepted' }];
      if (!(error instanceof UsageError)) return [{ id, ics: ics.slice(0, 200), problem: messageOf(error) }];
      const missing = names.filter((name) => !error.message.includes(name.slice(0, 40)));
      return missing.length === 0
        ? []
        : [{ id, ics: ics.slice(0, 200), problem: `does not name ${missing.join(', ')}: ${error.message}` }];
    });
    expect({ different: different.length, first: different.slice(0, 10) }).toEqual({
      different: 0,
      first: [],
    });
  });

  it('keeps its messages to a line or two, however long the text', () => {
    const long = readRefused().filter(({ ics }) => (messageOf(refusal(ics)) ?? '').length > 400);
    expect(long.map(({ id }) => id)).toEqual([]);
  });

  it('accepts what is unusual but right', () => {
    const refused = readExpanded('good').flatMap(({ id, ics }) => {
      const error = refusal(ics);
      return error === undefined ? [] : [{ id, problem: messageOf(error) }];
    });
    expect(refused).toEqual([]);
  });

  it('reads every part', () => {
    const set = parseRecurrence(
      [
        'DTSTART;TZID=Europe/Berlin:20260105T091530',
        'RRULE:FREQ=YEARLY;INTERVAL=2;COUNT=5;WKST=SU;BYMONTH=3,1,3;BYMONTHDAY=-1,+2;BYYEARDAY=100,-5;BYDAY=MO,-2TU',
        ' ;BYHOUR=9;BYMINUTE=0,30;BYSECOND=60,0;BYSETPOS=-1,1',
        'EXRULE:FREQ=WEEKLY',
        'RDATE:20260201T080000Z',
        'EXDATE;TZID=America/New_York:20260301T080000',
      ].join('\n'),
      { zone: 'UTC' },
    );
    expect(set).toMatchObject({
      zone: 'Europe/Berlin',
      dtstart: Date.UTC(2026, 0, 5, 9, 15, 30) / 1000,
      rdates: [Date.UTC(2026, 1, 1, 8) / 1000],
      exdates: [Date.UTC(2026, 2, 1, 13) / 1000],
      exrules: [{ freq: 'WEEKLY', interval: 1, wkst: 0 }],
      dst: { gap: 'shift', overlap: 'first' },
    });
    expect(set.rules).toEqual([
      {
        freq: 'YEARLY',
        interval: 2,
        count: 5,
        wkst: 6,
        bymonth: [1, 3],
        bymonthday: [-1, 2],
        byyearday: [-5, 100],
        byday: [{ weekday: 1, nth: -2 }, { weekday: 0 }],
        byhour: [9],
        byminute: [0, 30],
        bysecond: [0, 59],
        bysetpos: [-1, 1],
      },
    ]);
  });

  it('takes UNTIL in UTC for a rule with a zone, as local time for one without, as a date for a date', () => {
    expect(
      untilOf('DTSTART;TZID=Europe/Berlin:20260105T090000', 'RRULE:FREQ=DAILY;UNTIL=20260110T080000Z'),
    ).toBe(Date.UTC(2026, 0, 10, 8) / 1000);
    expect(untilOf('DTSTART:20260105T090000', 'RRULE:FREQ=DAILY;UNTIL=20260110T080000')).toBe(
      Date.UTC(2026, 0, 10, 13) / 1000,
    );
    expect(untilOf('DTSTART;VALUE=DATE:20260105', 'RRULE:FREQ=DAILY;UNTIL=20260110')).toBe(
      Date.UTC(2026, 0, 10, 5) / 1000,
    );
  });

  it('refuses a schedule whose own zone is wrong', () => {
    expect(() => parseRecurrence('FREQ=DAILY', { zone: 'europe/berlin' })).toThrow(/europe\/berlin/);
  });
});

/** Of the first rule, read for New York. */
function untilOf(...lines: readonly string[]): number | undefined {
  return parseRecurrence(lines.join('\n'), { zone: 'America/New_York' }).rules[0]?.until;
}

function refusal(ics: string): unknown {
  try {
    parseRecurrence(ics, { zone: 'UTC' });
    return undefined;
  } catch (error) {
    return error;
  }
}

function messageOf(error: unknown): string | undefined {
  return error instanceof Error ? error.message : undefined;
}
