import { Resvg } from '@resvg/resvg-js';
import { describe, expect, it } from 'vitest';
import { conversionPercent, conversionReport, dailyConversions } from '../domain/conversions.ts';
import { UsageError } from '../domain/errors.ts';
import { parseReportRange } from '../domain/report-range.ts';
import { trendChartPng, trendChartSvg } from '../reports/chart.ts';
import { conversionsCsv, dailyConversionsCsv } from '../reports/conversions-csv.ts';
import { conversionsHtml } from '../reports/conversions-html.ts';
import { conversionsJson } from '../reports/conversions-json.ts';
import { periodInWords } from '../reports/conversions-period.ts';
import { conversionsText, dailyConversionsText } from '../reports/conversions-text.ts';

const report = conversionReport([
  { funnel: 'non_language', entries: 5, purchased: 1 },
  { funnel: 'language', entries: 1234, purchased: 411 },
]);
const period = { timezone: 'UTC', from: '2024-01-01', to: '2025-01-01' };
const days = dailyConversions([
  { day: '2024-01-03', funnel: 'language', tests: 9, entries: 6, purchases: 1 },
  { day: '2024-01-01', funnel: 'language', tests: 5, entries: 3, purchases: 0 },
  { day: '2024-01-03', funnel: 'non_language', tests: 2, entries: 1, purchases: 1 },
]);

function range(fromDate?: string, toDate?: string, timezone = 'UTC') {
  return () => parseReportRange({ fromDate, toDate, timezone });
}

describe('the range of a report', () => {
  it('goes from the first instant of --from-date to before the first of --to-date', () => {
    expect(range('2024-01-01', '2025-01-01')()).toEqual({
      from: new Date('2024-01-01T00:00:00Z'),
      to: new Date('2025-01-01T00:00:00Z'),
    });
  });

  it('is open where a date is left out', () => {
    expect(range()()).toEqual({});
    expect(range(undefined, '2024-01-02')()).toEqual({ to: new Date('2024-01-02T00:00:00Z') });
  });

  it('takes the days in their zone, on both sides of a clock change', () => {
    expect(range('2024-03-31', '2024-04-01', 'Europe/Berlin')()).toEqual({
      from: new Date('2024-03-30T23:00:00Z'),
      to: new Date('2024-03-31T22:00:00Z'),
    });
  });

  it('starts a day whose midnight is skipped at its first instant', () => {
    // Beirut's clocks went from 00:00 to 01:00 on that day.
    expect(range('2024-03-31', undefined, 'Asia/Beirut')().from).toEqual(new Date('2024-03-30T22:00:00Z'));
  });

  it.each([
    [
      '2024-02-30',
      '--from-date "2024-02-30" is a day that does not exist; write one of the calendar, like 2024-02-29',
    ],
    ['01.02.2024', '--from-date "01.02.2024" is not a date; write YYYY-MM-DD, like 2024-02-29'],
    ['2024-2-1', '--from-date "2024-2-1" is not a date; write YYYY-MM-DD, like 2024-02-29'],
    ['2024-01-01T00:00', '--from-date "2024-01-01T00:00" is not a date; write YYYY-MM-DD, like 2024-02-29'],
    ['', '--from-date "" is not a date; write YYYY-MM-DD, like 2024-02-29'],
  ])('refuses %s', (value, message) => {
    expect(range(value)).toThrow(new UsageError(message));
  });

  it.each([
    ['2024-02-01', '2024-02-01'],
    ['2024-02-02', '2024-02-01'],
  ])('refuses a range from %s to %s, which holds no day', (from, to) => {
    expect(range(from, to)).toThrow(UsageError);
    expect(range(from, to)).toThrow(`--from-date ${from} must be before --to-date ${to}`);
  });

  it('refuses a zone that nobody knows', () => {
    expect(range('2024-02-01', undefined, 'Mars/Base')).toThrow('time zone "Mars/Base" is not known');
  });
});

describe('conversion', () => {
  it.each([
    [10, 3, '30.00'],
    [5, 1, '20.00'],
    [3, 1, '33.33'],
    [3, 2, '66.67'],
    [800, 1, '0.13'],
    [8000, 1, '0.01'],
    [20_000, 1, '0.01'],
    [20_001, 1, '0.00'],
    [7, 7, '100.00'],
    [0, 0, '0.00'],
    [9_007_199_254_740_991, 9_007_199_254_740_990, '100.00'],
  ])('of %i entries with %i purchases is exact and rounded half-up', (entries, purchased, percent) => {
    expect(conversionPercent({ entries, purchased })).toBe(percent);
  });

  it('lists every funnel in order, with zeros for those nobody entered, and the total', () => {
    expect(conversionReport([{ funnel: 'non_language', entries: 3, purchased: 1 }])).toEqual({
      funnels: [
        { funnel: 'language', entries: 0, purchased: 0, conversion: '0.00' },
        { funnel: 'non_language', entries: 3, purchased: 1, conversion: '33.33' },
      ],
      total: { entries: 3, purchased: 1, conversion: '33.33' },
    });
  });

  it('adds up the days of each funnel, quiet ones included', () => {
    expect(days.map((row) => [row.day, row.funnel, row.totalEntries, row.totalPurchased])).toEqual([
      ['2024-01-01', 'language', 3, 0],
      ['2024-01-01', 'non_language', 0, 0],
      ['2024-01-02', 'language', 3, 0],
      ['2024-01-02', 'non_language', 0, 0],
      ['2024-01-03', 'language', 9, 1],
      ['2024-01-03', 'non_language', 1, 1],
    ]);
    expect(dailyConversions([])).toEqual([]);
  });
});

describe('the report', () => {
  it('names the last day that is part of it', () => {
    expect(periodInWords(period)).toBe('2024-01-01 to 2024-12-31 (UTC)');
    expect(periodInWords({ timezone: 'UTC', from: '2024-03-01', to: '2024-03-02' })).toBe('2024-03-01 (UTC)');
    expect(periodInWords({ timezone: 'UTC', from: null, to: null })).toBe('All time (UTC)');
  });

  it('is a table in a terminal', () => {
    expect(conversionsText({ period, report })).toBe(
      `Conversions by day of entry: 2024-01-01 to 2024-12-31 (UTC)
┌──────────────┬─────────┬───────────┬────────────┐
│ Funnel       │ Entries │ Purchased │ Conversion │
├──────────────┼─────────┼───────────┼────────────┤
│ language     │   1,234 │       411 │    33.31 % │
│ non_language │       5 │         1 │    20.00 % │
│ total        │   1,239 │       412 │    33.25 % │
└──────────────┴─────────┴───────────┴────────────┘
`,
    );
  });

  it('shows tests beside entries for each day', () => {
    const text = dailyConversionsText({ period, days });
    expect(text).toContain('│ 2024-01-03 │ language     │     9 │       6 │         1 │');
    expect(dailyConversionsText({ period, days: [] })).toContain('No tests, entries or purchases');
  });

  it('is CSV by RFC 4180', () => {
    expect(conversionsCsv(report)).toBe(
      'funnel,entries,purchased,conversion_percent\r\nlanguage,1234,411,33.31\r\nnon_language,5,1,20.00\r\ntotal,1239,412,33.25\r\n',
    );
    expect(dailyConversionsCsv(days).split('\r\n').at(-2)).toBe('2024-01-03,non_language,2,1,1,1,1,100.00');
  });

  it('defuses text that a spreadsheet would run', () => {
    const [row] = days;
    if (row === undefined) throw new Error('no day');
    expect(dailyConversionsCsv([{ ...row, day: '=1+1,"x"' }])).toContain('"\'=1+1,""x""",language');
  });

  it('is JSON of a fixed shape', () => {
    expect(conversionsJson({ period, report })).toEqual({
      timezone: 'UTC',
      from: '2024-01-01',
      to: '2025-01-01',
      funnels: [
        { funnel: 'language', entries: 1234, purchased: 411, conversion: 33.31 },
        { funnel: 'non_language', entries: 5, purchased: 1, conversion: 20 },
      ],
      total: { entries: 1239, purchased: 412, conversion: 33.25 },
    });
    expect(conversionsJson({ period, report, days }).daily?.at(-1)).toEqual({
      day: '2024-01-03',
      funnel: 'non_language',
      tests: 2,
      entries: 1,
      purchases: 1,
      totalEntries: 1,
      totalPurchased: 1,
      conversion: 100,
    });
  });

  it('is one HTML file that needs nothing else and escapes all text', () => {
    const html = conversionsHtml({
      period: { ...period, timezone: '<script>alert("1")</script>' },
      report,
      days,
      generatedAt: new Date('2025-01-01T03:00:00Z'),
    });
    expect(html).toContain('&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt;');
    expect(html).not.toMatch(/<script|<link|<img|@import|url\(\s*['"]?(?!#|['"]?#)/i);
    const addresses = [...html.matchAll(/https?:\/\/[^"\s<]+/g)].map(([address]) => address);
    expect(addresses.filter((address) => !address.startsWith('http://www.w3.org/'))).toEqual([]);
    expect(html).toContain('2025-01-01 03:00 UTC');
  });

  it('gives the two drawings of a page ids of their own', () => {
    const html = conversionsHtml({ period, report, days, generatedAt: new Date(0) });
    const ids = [...html.matchAll(/\bid="([^"]+)"/g)].map(([, id]) => id);
    expect(new Set(ids).size).toBe(ids.length);
  });
});

describe('the trend chart', () => {
  it('is the same text for the same days', () => {
    expect(trendChartSvg({ days })).toBe(trendChartSvg({ days }));
  });

  it('ends each line with its exact conversion', () => {
    expect(trendChartSvg({ days })).toContain('11.11 %');
    expect(trendChartSvg({ days })).toContain('100.00 %');
  });

  it('says so when there is nothing to draw', () => {
    expect(trendChartSvg({ days: [] })).toContain('No entries or purchases in this period');
  });

  it('brings its own letters to the PNG, where the machine may have none', async () => {
    const png = await trendChartPng({ days: [], width: 400, height: 100 });
    expect(png.subarray(1, 4).toString()).toBe('PNG');
    const onlyText = trendChartSvg({ days: [], width: 400, height: 100 });
    const withoutFonts = new Resvg(onlyText, {
      fitTo: { mode: 'zoom', value: 2 },
      font: { loadSystemFonts: false },
    });
    // An empty sheet packs to almost nothing; the letters are the difference.
    expect(png.length).toBeGreaterThan(2 * withoutFonts.render().asPng().length);
  });
});
