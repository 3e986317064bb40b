import { stringify } from 'csv-stringify/sync';
import { type ConversionReport, conversionPercent, type DailyConversion } from '../domain/conversions.ts';

/** One line a funnel and one for the total, with a header. RFC 4180: CRLF, quotes where needed. Text like a formula is defused. */
export function conversionsCsv(report: ConversionReport): string {
  return csv(
    [...report.funnels, { funnel: 'total', ...report.total }].map((row) => ({
      funnel: row.funnel,
      entries: row.entries,
      purchased: row.purchased,
      conversion_percent: row.conversion,
    })),
    ['funnel', 'entries', 'purchased', 'conversion_percent'],
  );
}

/** One line for each day and funnel, with the totals up to that day; as `conversionsCsv` otherwise. */
export function dailyConversionsCsv(days: readonly DailyConversion[]): string {
  return csv(
    days.map((row) => ({
      day: row.day,
      funnel: row.funnel,
      tests: row.tests,
      entries: row.entries,
      purchases: row.purchases,
      total_entries: row.totalEntries,
      total_purchased: row.totalPurchased,
      conversion_percent: conversionPercent({ entries: row.totalEntries, purchased: row.totalPurchased }),
    })),
    [
      'day',
      'funnel',
      'tests',
      'entries',
      'purchases',
      'total_entries',
      'total_purchased',
      'conversion_percent',
    ],
  );
}

function csv(rows: readonly object[], columns: readonly string[]): string {
  return stringify([...rows], {
    header: true,
    columns: [...columns],
    record_delimiter: '\r\n',
    escape_formulas: true,
  });
}
