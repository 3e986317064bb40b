import type { MailChart, MailChartSeries } from '../domain/mail-chart.ts';
import type { ChartTheme } from './chart-theme.ts';
import { fitLines, fitText, textWidth } from './text-fit.ts';

export const WIDTH = 560;
export const HEIGHT = 300;

/** Blue and amber keep apart for colour-blind readers and in grey print; the others by their lightness, too. */
const COLOURS = ['#2563eb', '#e08a00', '#0f766e', '#9d174d'] as const;
const DASHES = ['solid', 'solid', 'dashed', 'dotted'] as const;

const CARD_RADIUS = 12;
const EDGE = 20;
const TITLE_SIZE = 15;
const TEXT_SIZE = 12;
const TITLE_TOP = 18;
const ROW = 24;
const SWATCH = 10;
/** Room for numbers beside the axis. */
const AXIS_WIDTH = 34;
const BOTTOM = 36;
const LINE_HEIGHT = 15;
/** Between two labels of an axis. */
const LABEL_GAP = 8;
/** Up to so many labels are all shown, shortened where they must be; of more, every second or third is left out. */
const FEW_LABELS = 8;
/** Up to so many points of a single line have their values beside them. */
const FEW_POINTS = 10;
const BAR_GAP_PERCENT = 28;

const SHORT_NUMBER = new Intl.NumberFormat('en-US', { notation: 'compact', maximumFractionDigits: 1 });
const LONG_NUMBER = new Intl.NumberFormat('en-US', { maximumFractionDigits: 2 });

const UNIT = { x: EDGE, width: WIDTH / 3, size: TEXT_SIZE } as const;

const PLOT_WIDTH = WIDTH - 2 * EDGE - AXIS_WIDTH;

/** What echarts draws: a white card with title, legend (of two series or more), unit, and the values over their labels. */
export function mailChartOption(chart: MailChart, theme: ChartTheme) {
  const text = { fontFamily: theme.fontFamily, fontSize: TEXT_SIZE, color: theme.mutedInk };
  const { title, unit, labels, series } = chart;
  const hasLegend = series.length > 1;
  const legendTop = TITLE_TOP + ROW + 4;
  const plotTop = legendTop + (hasLegend ? ROW : 0) + (unit === undefined ? 8 : ROW);
  const shown = shownLabels(labels);
  return {
    animation: false,
    textStyle: { fontFamily: theme.fontFamily },
    graphic: [
      card(theme),
      words(title, { x: EDGE, y: TITLE_TOP, width: WIDTH - 2 * EDGE, size: TITLE_SIZE, theme }),
      ...(hasLegend ? legend(series, { y: legendTop, theme }) : []),
      ...(unit === undefined
        ? []
        : [words(unit, { ...UNIT, y: plotTop - ROW, theme, fill: theme.mutedInk })]),
    ],
    grid: {
      left: EDGE + AXIS_WIDTH,
      right: EDGE,
      top: plotTop,
      bottom: BOTTOM + (shown.lines - 1) * LINE_HEIGHT,
    },
    xAxis: {
      type: 'category',
      data: shown.labels,
      boundaryGap: chart.kind === 'bars' || labels.length === 1,
      axisTick: { show: false },
      axisLine: { lineStyle: { color: theme.gridLine } },
      axisLabel: {
        ...text,
        lineHeight: LINE_HEIGHT,
        margin: 10,
        interval: shown.step - 1,
        alignMaxLabel: shown.step > 1 ? 'right' : null,
      },
    },
    yAxis: {
      type: 'value',
      ...axisRange(series),
      splitNumber: 4,
      splitLine: { lineStyle: { color: theme.gridLine } },
      axisLabel: { ...text, formatter: (value: number) => SHORT_NUMBER.format(value) },
    },
    series: series.map((one, index) => seriesOption(chart, { one, index, theme })),
  };
}

/** White and with round corners of its own, since the mail around it may be dark. */
function card(theme: ChartTheme) {
  return {
    type: 'rect',
    silent: true,
    z: -10,
    shape: { x: 0.5, y: 0.5, width: WIDTH - 1, height: HEIGHT - 1, r: CARD_RADIUS },
    style: { fill: theme.background, stroke: theme.gridLine, lineWidth: 1 },
  };
}

function words(
  text: string,
  place: {
    readonly x: number;
    readonly y: number;
    readonly width: number;
    readonly size: number;
    readonly theme: ChartTheme;
    readonly fill?: string;
  },
) {
  const { x, y, width, size, theme, fill = theme.ink } = place;
  return {
    type: 'text',
    silent: true,
    x,
    y,
    style: {
      text: fitText(text, { width, fontSize: size }),
      fill,
      fontFamily: theme.fontFamily,
      fontSize: size,
      fontWeight: size === TITLE_SIZE ? 600 : 400,
    },
  };
}

/** Side by side, each as wide as its name; names are shortened only when they do not all fit. */
function legend(
  series: readonly MailChartSeries[],
  { y, theme }: { readonly y: number; readonly theme: ChartTheme },
) {
  const around = SWATCH + 6 + 14;
  const room = WIDTH - 2 * EDGE + 14 - series.length * around;
  const widths = series.map(({ name }) => textWidth(name, TEXT_SIZE));
  const fits = widths.reduce((total, width) => total + width, 0) <= room;
  let x = EDGE;
  return series.flatMap(({ name }, index) => {
    const natural = widths[index] ?? 0;
    const width = fits ? natural : Math.min(natural, room / series.length);
    const swatch = {
      type: 'rect',
      silent: true,
      shape: { x, y: y + 2, width: SWATCH, height: SWATCH, r: 3 },
      style: { fill: colourOf(index) },
    };
    const label = words(name, { x: x + SWATCH + 6, y: y + 1, width, size: TEXT_SIZE, theme });
    x += around + width;
    return [swatch, label];
  });
}

function seriesOption(
  chart: MailChart,
  {
    one,
    index,
    theme,
  }: { readonly one: MailChartSeries; readonly index: number; readonly theme: ChartTheme },
) {
  const color = colourOf(index);
  const common = {
    name: one.name,
    silent: true,
    itemStyle: { color },
    emphasis: { disabled: true },
  };
  const label = {
    color: theme.ink,
    fontSize: TEXT_SIZE,
    fontWeight: 600,
    fontFamily: theme.fontFamily,
    formatter: ({ value }: { readonly value: unknown }) => numberText(Number(value)),
  };
  if (chart.kind === 'bars') {
    return {
      ...common,
      data: one.values.map((value) => value ?? '-'),
      type: 'bar',
      barMaxWidth: 44,
      barCategoryGap: `${BAR_GAP_PERCENT}%`,
      barGap: '12%',
      itemStyle: { color, borderRadius: 2 },
      label: { ...label, show: barsHaveLabels(chart), position: 'outside', distance: 4 },
    };
  }
  const isFew = one.values.length <= FEW_POINTS;
  return {
    ...common,
    type: 'line',
    connectNulls: false,
    data: one.values.map((value, at) => ({
      value: value ?? '-',
      symbol: value !== null && (isFew || isLonely(one.values, at)) ? 'circle' : 'none',
    })),
    showAllSymbol: true,
    symbolSize: 6,
    lineStyle: { color, width: 2.25, type: DASHES[index] ?? 'solid' },
    label: { ...label, show: isFew && chart.series.length === 1, position: 'top', distance: 6 },
  };
}

/** A point between two gaps has no line, so it needs its dot. */
function isLonely(values: MailChartSeries['values'], at: number): boolean {
  return (values[at - 1] ?? null) === null && (values[at + 1] ?? null) === null;
}

/** Where each number has room above its bar. */
function barsHaveLabels({ labels, series }: MailChart): boolean {
  const room = ((PLOT_WIDTH / labels.length) * (1 - BAR_GAP_PERCENT / 100)) / series.length;
  const widest = Math.max(
    ...series.flatMap(({ values }) =>
      values.map((value) => (value === null ? 0 : textWidth(numberText(value), TEXT_SIZE))),
    ),
  );
  const gap = series.length === 1 ? room / (1 - BAR_GAP_PERCENT / 100) : room;
  return widest + 2 <= gap;
}

/** From zero, unless something is below it. Nothing but zeros and gaps still has an axis. */
function axisRange(series: readonly MailChartSeries[]) {
  const values = series.flatMap(({ values: all }) => all.filter((value) => value !== null));
  const isWhole = values.every((value) => Number.isInteger(value));
  return {
    ...(values.some((value) => value < 0) ? {} : { min: 0 }),
    // Room for the number above the highest one.
    boundaryGap: [0, '6%'],
    ...(values.every((value) => value === 0) ? { max: 1 } : {}),
    ...(isWhole ? { minInterval: 1 } : {}),
  };
}

/** Labels as they are drawn: `step` says that every first, second or third one is. */
function shownLabels(labels: readonly string[]): {
  readonly labels: readonly string[];
  readonly step: number;
  readonly lines: number;
} {
  const slot = PLOT_WIDTH / labels.length;
  if (labels.length <= FEW_LABELS) {
    const fitted = labels.map((label) => fitLines(label, { width: slot - LABEL_GAP, fontSize: TEXT_SIZE }));
    return {
      labels: fitted.map((lines) => lines.join('\n')),
      step: 1,
      lines: Math.max(...fitted.map((lines) => lines.length)),
    };
  }
  const most = PLOT_WIDTH / 4 - LABEL_GAP;
  const fitted = labels.map((label) => fitText(label, { width: most, fontSize: TEXT_SIZE }));
  const widest = Math.max(...fitted.map((label) => textWidth(label, TEXT_SIZE)));
  return { labels: fitted, step: Math.ceil((widest + LABEL_GAP) / slot), lines: 1 };
}

/** In full as long as that is short. */
function numberText(value: number): string {
  return (Math.abs(value) < 10_000 ? LONG_NUMBER : SHORT_NUMBER).format(value);
}

function colourOf(index: number): string {
  return COLOURS[index % COLOURS.length] ?? COLOURS[0];
}
