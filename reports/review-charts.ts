import type { ArmReview } from '../domain/marketing/experiments.ts';
import { grouped, shortDay } from '../domain/marketing/numbers.ts';
import { escapeHtml } from './escape-html.ts';

/**
 * Charts of the review's page as SVG, drawn with the page's own colours (CSS variables), so that they follow light, dark and
 * print.
 */

export interface DayLine {
  readonly name: string;
  /** CSS colour. */
  readonly color: string;
  readonly values: readonly number[];
}

/** Dots of a line are drawn apart so that a week of nothing is seen as days and not as an axis. */
const DOT = 2.5;
const MARGIN = { top: 12, right: 14, bottom: 26, left: 52 } as const;

/** Lines over days, from nought. @param width and height in CSS pixels. */
export function dayLinesSvg({
  days,
  lines,
  width,
  height,
}: {
  /** YYYY-MM-DD */
  readonly days: readonly string[];
  readonly lines: readonly DayLine[];
  readonly width: number;
  readonly height: number;
}): string {
  const top = niceTop(Math.max(1, ...lines.flatMap(({ values }) => values)));
  const inner = { width: width - MARGIN.left - MARGIN.right, height: height - MARGIN.top - MARGIN.bottom };
  const x = (place: number) => MARGIN.left + (inner.width * place) / Math.max(1, days.length - 1);
  const y = (value: number) => MARGIN.top + inner.height * (1 - value / top);
  const steps = top % 4 === 0 ? 4 : top % 2 === 0 ? 2 : 1;
  const grid = Array.from({ length: steps + 1 }, (_, step) => (top * step) / steps).map(
    (value) =>
      `<line x1="${MARGIN.left}" x2="${width - MARGIN.right}" y1="${n(y(value))}" y2="${n(y(value))}" class="grid"/>` +
      `<text x="${MARGIN.left - 8}" y="${n(y(value) + 4)}" text-anchor="end">${AXIS.format(value)}</text>`,
  );
  const every = Math.ceil(days.length / Math.max(2, Math.floor(inner.width / 62)));
  const labels = days
    .map((day, place) => ({ day, place }))
    // Counted from the end, so that the last day has its label.
    .filter(({ place }) => (days.length - 1 - place) % every === 0)
    .map(
      ({ day, place }) =>
        `<text x="${n(x(place))}" y="${height - 6}" text-anchor="${place === days.length - 1 ? 'end' : 'middle'}">${shortDay(day)}</text>`,
    );
  const drawn = lines.map(({ values, color }) => {
    const points = values.map((value, place) => `${n(x(place))},${n(y(value))}`);
    const dots = points.map((point) => {
      const [cx = '0', cy = '0'] = point.split(',');
      return `<circle cx="${cx}" cy="${cy}" r="${DOT}" fill="${color}"/>`;
    });
    return `<polyline points="${points.join(' ')}" fill="none" stroke="${color}" stroke-width="2" stroke-linejoin="round"/>${dots.join('')}`;
  });
  const words = lines.map(({ name, values }) => `${name}: ${values.map(grouped).join(', ')}`).join('; ');
  return `<svg viewBox="0 0 ${width} ${height}" role="img" aria-label="${escapeHtml(words)}">${grid.join('')}${labels.join('')}${drawn.join('')}</svg>`;
}

const AXIS = new Intl.NumberFormat('en-US', { notation: 'compact' });

/** Shares of the arms with their 95 % intervals over one axis. */
export function armsSvg({
  arms,
  width,
}: {
  readonly arms: readonly ArmReview[];
  readonly width: number;
}): string {
  const known = arms.flatMap(({ arm, conversion }) =>
    conversion === undefined ? [] : [{ arm, conversion }],
  );
  if (known.length === 0) return '';
  const row = 30;
  const left = 96;
  const right = 24;
  const height = known.length * row + 28;
  const top = Math.min(1, Math.max(0.01, ...known.map(({ conversion }) => conversion.high)) * 1.05);
  const x = (share: number) => n(left + ((width - left - right) * share) / top);
  const bottom = known.length * row + 6;
  const grid = [0, 0.5, 1].map(
    (part) =>
      `<line x1="${x(top * part)}" x2="${x(top * part)}" y1="4" y2="${bottom}" class="grid"/>` +
      `<text x="${x(top * part)}" y="${height - 4}" text-anchor="middle">${(top * part * 100).toFixed(1)} %</text>`,
  );
  const rows = known.map(({ arm, conversion: { share, low, high } }, place) => {
    const y = place * row + row / 2 + 4;
    return (
      `<text x="${left - 12}" y="${y + 4}" text-anchor="end" class="name">${escapeHtml(shortened(arm))}</text>` +
      `<line x1="${x(low)}" x2="${x(high)}" y1="${y}" y2="${y}" stroke="var(--first)" stroke-width="3" stroke-linecap="round" opacity=".45"/>` +
      `<circle cx="${x(share)}" cy="${y}" r="5" fill="var(--first)"/>`
    );
  });
  const words = known
    .map(({ arm, conversion: { share, low, high } }) =>
      [arm, ...[share, low, high].map((one) => `${(one * 100).toFixed(1)} %`)].join(' '),
    )
    .join('; ');
  return `<svg viewBox="0 0 ${width} ${height}" role="img" aria-label="${escapeHtml(words)}">${grid.join('')}${rows.join('')}</svg>`;
}

function shortened(text: string): string {
  return text.length > 12 ? `${text.slice(0, 11)}…` : text;
}

/** The next of 1, 2, 4, 6, 8, 10, 20, … at or above. */
function niceTop(value: number): number {
  const scale = 10 ** Math.floor(Math.log10(value));
  const step = [1, 2, 4, 6, 8, 10].find((one) => one * scale >= value) ?? 10;
  return step * scale;
}

/** Coordinates need no more than a tenth of a pixel. */
function n(value: number): string {
  return String(Math.round(value * 10) / 10);
}
