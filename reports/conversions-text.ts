import Table from 'cli-table3';
import { type ConversionReport, conversionPercent, type DailyConversion } from '../domain/conversions.ts';
import { periodInWords, type ReportPeriod } from './conversions-period.ts';

/** The report as a table for a terminal, without colours; ends in a line feed. */
export function conversionsText({
  period,
  report,
}: {
  period: ReportPeriod;
  report: ConversionReport;
}): string {
  const rows = [...report.funnels, { funnel: 'total', ...report.total }];
  const table = plainTable(['Funnel', 'Entries', 'Purchased', 'Conversion']);
  for (const { funnel, entries, purchased, conversion } of rows) {
    table.push([funnel, grouped(entries), grouped(purchased), `${conversion} %`]);
  }
  return `Conversions by day of entry: ${periodInWords(period)}\n${table.toString()}\n`;
}

/** Day by day: tests taken beside people who entered, purchases, and the conversion up to that day. */
export function dailyConversionsText({
  period,
  days,
}: {
  period: ReportPeriod;
  days: readonly DailyConversion[];
}): string {
  const heading = `Conversions by day: ${periodInWords(period)}\n`;
  if (days.length === 0) return `${heading}No tests, entries or purchases in this period.\n`;
  const table = plainTable([
    'Day',
    'Funnel',
    'Tests',
    'Entries',
    'Purchases',
    'Entries so far',
    'Purchased so far',
    'Conversion',
  ]);
  for (const row of days) {
    const conversion = conversionPercent({ entries: row.totalEntries, purchased: row.totalPurchased });
    const counts = [row.tests, row.entries, row.purchases, row.totalEntries, row.totalPurchased];
    table.push([row.day, row.funnel, ...counts.map(groupedOrDash), `${conversion} %`]);
  }
  return `${heading}${table.toString()}\n`;
}

function plainTable(head: readonly string[]): Table.Table {
  const texts = head.filter((name) => name === 'Day' || name === 'Funnel').length;
  return new Table({
    head: [...head],
    colAligns: head.map((_, column) => (column < texts ? 'left' : 'right')),
    // Lines of a thousand days help nobody; colours would end up in files.
    style: { head: [], border: [], compact: true },
  });
}

function groupedOrDash(count: number | null): string {
  return count === null ? '–' : grouped(count);
}

function grouped(count: number): string {
  return count.toLocaleString('en-US');
}
