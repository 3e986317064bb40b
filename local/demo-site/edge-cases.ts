import { CERTIFICATE_TESTS, LANGUAGES } from './catalogue.ts';
import { naiveUtc, type PaymentRow, type SiteRows, type SittingRow } from './rows.ts';

/** The moment for which the cases below were written; all times move with `now` and keep their distance to it. */
const WRITTEN_FOR = Date.parse('2025-12-01T12:00:00Z');

const ZERO_DATE = '0000-00-00 00:00:00';

/**
 * A site of awkward cases only, each of which somebody's rule once got wrong: repeated, padded, invalid and international
 * addresses, missing and dangling tests, the edges of a look-back of 30 days, zero dates, purchases that count and that do not.
 *
 * @param now Becomes "today, noon" of the cases; cut to the whole second. All times are naive UTC.
 */
export function edgeCaseSite(now: Date): SiteRows {
  const at = (written: string): string => {
    const time = Date.parse(`${written.length === 10 ? `${written}T00:00:00` : written.replace(' ', 'T')}Z`);
    return naiveUtc(new Date(Math.floor(now.getTime() / 1000) * 1000 + (time - WRITTEN_FOR)));
  };
  return {
    languages: LANGUAGES.slice(0, 4),
    tests: [
      { newid: 1, Id: 101, LangId: 1, Name: 'English level test' },
      { newid: 2, Id: 102, LangId: 2, Name: 'German level test' },
      { newid: 3, Id: 103, LangId: 3, Name: 'Spanish level test' },
      // A second row with an Id that is taken, and a language that contradicts the first.
      { newid: 4, Id: 101, LangId: 2, Name: 'English level test (copy)' },
      { newid: 5, Id: 201, LangId: 0, Name: 'IQ test' },
      { newid: 6, Id: 202, LangId: 99, Name: 'Esperanto level test' },
    ],
    sittings: [
      ...sittingsOfNote(at),
      ...Array.from({ length: 30 }, (_, index) => ({
        Id: 40 + index,
        Email: `bulk${String(index + 1).padStart(2, '0')}@example.com`,
        TestId: 102,
        // Spread over 2 to 27 November.
        Datep: at(naiveUtc(new Date(Date.UTC(2025, 10, 2, 20 * index)))),
        Status: 1,
      })),
    ],
    certificateTests: CERTIFICATE_TESTS.slice(0, 4),
    certificateUsers: [
      { id: 10, email: 'anna@example.com' },
      { id: 11, email: 'ANNA@example.com' },
      { id: 12, email: 'boris@example.com' },
      { id: 13, email: 'both@example.com' },
      { id: 14, email: 'early-buyer@example.com' },
      { id: 15, email: 'existing@example.com' },
      { id: 16, email: 'zero@example.com' },
      { id: 17, email: 'stranger@example.com' },
      { id: 18, email: null },
      { id: 19, email: 'late-buyer@example.com' },
      { id: 20, email: 'olddup@example.com' },
      { id: 21, email: 'muller@example.de' },
    ],
    certificateResults: [
      { id: 100, id_user: 10, id_test: 1 },
      { id: 101, id_user: 11, id_test: 1 },
      { id: 102, id_user: 12, id_test: 1 },
      { id: 103, id_user: 13, id_test: 2 },
      { id: 104, id_user: 14, id_test: 1 },
      { id: 105, id_user: 15, id_test: 1 },
      { id: 106, id_user: 16, id_test: 1 },
      { id: 107, id_user: 17, id_test: 1 },
      { id: 108, id_user: 13, id_test: 3 },
      { id: 109, id_user: 999, id_test: 1 },
      { id: 110, id_user: 19, id_test: 1 },
      { id: 111, id_user: 20, id_test: 1 },
      { id: 112, id_user: 21, id_test: 1 },
    ],
    payments: paymentsOfNote(at),
  };
}

function sittingsOfNote(at: (written: string) => string): readonly SittingRow[] {
  const cases: readonly (readonly [
    Id: number,
    Email: string | null,
    TestId: number | null,
    Datep: string | null,
  ])[] = [
    // One person in three spellings, with a test that has two rows.
    [1, 'anna@example.com', 101, at('2025-11-30 10:00:00')],
    [2, 'anna@example.com', 102, at('2025-12-01 09:00:00')],
    [3, 'Anna@Example.COM', 103, at('2025-12-01 08:00:00')],
    [4, ' boris@example.com', 101, at('2025-11-29')],
    [5, 'boris@example.com ', 102, at('2025-11-29')],
    // Nothing to write to.
    [6, null, 101, at('2025-11-29')],
    [7, '', 101, at('2025-11-29')],
    [8, '   ', 101, at('2025-11-29')],
    [9, '\t', 101, at('2025-11-29')],
    [10, 'not-an-email', 101, at('2025-11-29')],
    [11, 'two@at@example.com', 101, at('2025-11-29')],
    // The edges of the look-back, and beyond both ends of time.
    [12, 'edge-in@example.com', 101, at('2025-11-01 12:00:00')],
    [13, 'edge-out@example.com', 101, at('2025-11-01 11:59:59')],
    [14, 'future@example.com', 101, at('2025-12-02')],
    [15, 'nodate@example.com', 101, null],
    [16, 'zerodate@example.com', 101, ZERO_DATE],
    // Every class of test.
    [17, 'iq@example.com', 201, at('2025-11-30')],
    [18, 'dangling@example.com', 202, at('2025-11-30')],
    [19, 'ghost@example.com', 999, at('2025-11-30')],
    [20, 'nulltest@example.com', null, at('2025-11-30')],
    [21, 'both@example.com', 101, at('2025-11-30')],
    [22, 'both@example.com', 201, at('2025-11-30')],
    [23, 'unfinished@example.com', 101, at('2025-11-30')],
    [24, 'early-buyer@example.com', 101, at('2025-11-30')],
    // Equal under an accent-insensitive collation, yet two people.
    [25, 'müller@example.de', 102, at('2025-11-30')],
    [26, 'muller@example.de', 102, at('2025-11-30')],
    [27, 'иван@пример.рф', 103, at('2025-11-30')],
    [28, "o'hara+tag@example.com", 101, at('2025-11-30')],
    [29, "bobby');DROP TABLE x;--@example.com", 101, at('2025-11-30')],
    [30, `${'x'.repeat(250)}@example.com`, 101, at('2025-12-01 11:59:00')],
    // In the funnel since the days of an older tool, or never to be subscribed again.
    [31, 'existing@example.com', 101, at('2025-11-30')],
    [32, 'EXISTING2@example.com', 101, at('2025-11-30')],
    [33, 'unsub@example.com', 101, at('2025-11-30')],
    // The same second.
    [34, 'tie-a@example.com', 101, at('2025-11-28 10:00:00')],
    [35, 'tie-b@example.com', 101, at('2025-11-28 10:00:00')],
    [36, 'tie-c@example.com', 101, at('2025-11-28 10:00:00')],
  ];
  return cases.map(([Id, Email, TestId, Datep]) => ({
    Id,
    Email,
    TestId,
    Datep,
    Status: Email === 'unfinished@example.com' ? 0 : 1,
  }));
}

function paymentsOfNote(at: (written: string) => string): readonly PaymentRow[] {
  return [
    { id: 1000, id_result: 100, id_status: 2, datetime_payment: at('2025-12-01 11:30:00') },
    { id: 1001, id_result: 101, id_status: 2, datetime_payment: at('2025-12-01 11:00:00') },
    { id: 1002, id_result: 102, id_status: 1, datetime_payment: at('2025-12-01 11:00:00') },
    { id: 1003, id_result: 103, id_status: 2, datetime_payment: at('2025-12-01 10:00:00') },
    { id: 1004, id_result: 104, id_status: 2, datetime_payment: at('2025-05-01') },
    { id: 1005, id_result: 105, id_status: 2, datetime_payment: null },
    { id: 1006, id_result: 105, id_status: 3, datetime_payment: at('2025-11-20') },
    { id: 1007, id_result: 106, id_status: 2, datetime_payment: ZERO_DATE },
    { id: 1008, id_result: 106, id_status: 2, datetime_payment: at('2025-11-25') },
    { id: 1009, id_result: 107, id_status: 2, datetime_payment: at('2025-11-25') },
    { id: 1010, id_result: 108, id_status: 2, datetime_payment: at('2025-11-25') },
    // No such result; a result of no such user.
    { id: 1011, id_result: 9999, id_status: 2, datetime_payment: at('2025-11-25') },
    { id: 1013, id_result: 109, id_status: 2, datetime_payment: at('2025-11-25') },
    // The same second as payment 1000.
    { id: 1012, id_result: 100, id_status: 2, datetime_payment: at('2025-12-01 11:30:00') },
    { id: 1014, id_result: 110, id_status: 2, datetime_payment: at('2025-12-01 11:45:00') },
    { id: 1015, id_result: 111, id_status: 2, datetime_payment: at('2025-11-26') },
    { id: 1016, id_result: 112, id_status: 2, datetime_payment: at('2025-12-01 09:00:00') },
  ];
}
