import {
  type Conversion,
  type ConversionReport,
  conversionPercent,
  type DailyConversion,
} from '../domain/conversions.ts';
import { trendChartSvg } from './chart.ts';
import { FUNNEL_LABELS, PAGE_THEME } from './chart-theme.ts';
import { CONVERSIONS_STYLE } from './conversions-html-style.ts';
import { periodInWords, type ReportPeriod } from './conversions-period.ts';
import { escapeHtml } from './escape-html.ts';

/**
 * The report as one HTML file: headline numbers, the table, the trend, the days. Needs nothing from anywhere else, holds no
 * script, follows the reader's light or dark setting, and prints.
 *
 * @param days Both funnels, in order, as `dailyConversions` returns them.
 * @param generatedAt Shown in UTC.
 */
export function conversionsHtml({
  period,
  report,
  days,
  generatedAt,
}: {
  period: ReportPeriod;
  report: ConversionReport;
  days: readonly DailyConversion[];
  generatedAt: Date;
}): string {
  const covered = escapeHtml(periodInWords(period));
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="color-scheme" content="light dark">
<title>Funnel conversions · ${covered}</title>
<style>${CONVERSIONS_STYLE}</style>
</head>
<body>
<main>
<header>
<h1>Funnel conversions</h1>
<p>${covered}</p>
</header>
${headline(report.total)}
${funnelTable(report)}
${trend(days)}
${dayTable(days)}
<footer>
<p>People count on the day they entered a funnel, and as purchased if they have bought a certificate since.
Purchases per day count on the day of the payment.</p>
<p>Made ${escapeHtml(generatedAt.toISOString().slice(0, 16).replace('T', ' '))} UTC by Sluice.</p>
</footer>
</main>
</body>
</html>
`;
}

function headline({ entries, purchased, conversion }: Conversion): string {
  return `<dl class="headline">
${figure('Entries', grouped(entries))}
${figure('Purchased', grouped(purchased))}
${figure('Conversion', percent(conversion))}
</dl>`;
}

function figure(label: string, value: string): string {
  return `<div><dt>${label}</dt><dd>${value}</dd></div>`;
}

function funnelTable(report: ConversionReport): string {
  const rows = report.funnels.map(
    (row) =>
      `<tr><th scope="row"><span class="key ${row.funnel}"></span>${escapeHtml(FUNNEL_LABELS[row.funnel])}</th>${cells(row)}</tr>`,
  );
  return `<section>
<h2>By funnel</h2>
<div class="scroll"><table>
<thead><tr><th scope="col">Funnel</th><th scope="col">Entries</th><th scope="col">Purchased</th><th scope="col">Conversion</th></tr></thead>
<tbody>${rows.join('')}</tbody>
<tfoot><tr><th scope="row">Total</th>${cells(report.total)}</tr></tfoot>
</table></div>
</section>`;
}

function cells({ entries, purchased, conversion }: Conversion): string {
  return `<td>${grouped(entries)}</td><td>${grouped(purchased)}</td><td>${percent(conversion)}</td>`;
}

/** A drawing shrinks with its letters, so a phone gets one of its own. */
function trend(days: readonly DailyConversion[]): string {
  const height = days.length === 0 ? 120 : 600;
  const chart = (className: string, width: number) =>
    `<div class="${className}" role="img" aria-label="Entries, purchases and conversion of both funnels day by day">${trendChartSvg(
      { days, width, height, theme: PAGE_THEME },
    )}</div>`;
  return `<section>
<h2>Trend</h2>
<div class="trend">${chart('wide', 960)}${chart('narrow', 340)}</div>
</section>`;
}

function dayTable(days: readonly DailyConversion[]): string {
  if (days.length === 0) return '';
  const rows = days.toReversed().map((row) => {
    const conversion = conversionPercent({ entries: row.totalEntries, purchased: row.totalPurchased });
    return `<tr><th scope="row">${escapeHtml(row.day)}</th><td class="text">${escapeHtml(FUNNEL_LABELS[row.funnel])}</td><td>${row.tests === null ? '–' : grouped(row.tests)}</td><td>${grouped(row.entries)}</td><td>${grouped(row.purchases)}</td><td>${percent(conversion)}</td></tr>`;
  });
  return `<details>
<summary>Day by day, newest first</summary>
<div class="scroll"><table>
<thead><tr><th scope="col">Day</th><th scope="col" class="text">Funnel</th><th scope="col">Tests</th><th scope="col">Entries</th><th scope="col">Purchases</th><th scope="col">Conversion to date</th></tr></thead>
<tbody>
${rows.join('\n')}
</tbody>
</table></div>
</details>`;
}

function grouped(count: number): string {
  return count.toLocaleString('en-US');
}

/** A narrow no-break space keeps the sign with its number. */
function percent(value: string): string {
  return `${escapeHtml(value)}&#8239;%`;
}
