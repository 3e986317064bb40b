import { conversionPercent, type DailyConversion } from '../domain/conversions.ts';
import { FUNNEL_TYPES, type FunnelType } from '../domain/funnels.ts';
import { type ChartTheme, FUNNEL_LABELS } from './chart-theme.ts';

/** 950 · 12K · 1.5M: longer numbers do not fit beside the axis. */
const AXIS_NUMBER = new Intl.NumberFormat('en-US', { notation: 'compact' });

const PANELS = [
  { name: 'Entries per day', share: 0.42 },
  { name: 'Purchases per day', share: 0.25 },
  { name: 'Conversion to date', share: 0.33 },
] as const;

const MARGIN = { top: 48, bottom: 36, left: 46, right: 62, betweenPanels: 52 } as const;

/** What echarts draws of at least one day: three panels, each with both funnels. */
export function trendOption({
  days,
  width,
  height,
  theme,
}: {
  days: readonly DailyConversion[];
  width: number;
  height: number;
  theme: ChartTheme;
}) {
  const text = { fontFamily: theme.fontFamily, fontSize: 12, color: theme.mutedInk };
  const labels = [...new Set(days.map(({ day }) => day))];
  const grids = layOut(height);
  const lastPanel = PANELS.length - 1;
  const labelLifts = keepLabelsApart({ days, panelHeight: grids[lastPanel]?.height ?? 0 });
  return {
    animation: false,
    backgroundColor: theme.background,
    textStyle: { fontFamily: theme.fontFamily },
    legend: {
      top: 6,
      left: MARGIN.left - 4,
      itemWidth: 10,
      itemHeight: 10,
      itemGap: 18,
      icon: 'roundRect',
      selectedMode: false,
      textStyle: { ...text, color: theme.ink, fontSize: 13 },
      data: FUNNEL_TYPES.map((funnel) => FUNNEL_LABELS[funnel]),
    },
    title: PANELS.map(({ name }, index) => ({
      text: name,
      left: MARGIN.left - 6,
      top: (grids[index]?.top ?? 0) - 27,
      padding: 5,
      textStyle: { ...text, color: theme.ink, fontSize: 13, fontWeight: 600 },
    })),
    grid: grids.map((grid) => ({ ...grid, left: MARGIN.left, right: MARGIN.right })),
    xAxis: PANELS.map((_, gridIndex) => ({
      gridIndex,
      type: 'category',
      data: labels,
      axisTick: { show: false },
      axisLine: { lineStyle: { color: theme.gridLine } },
      axisLabel: {
        show: gridIndex === lastPanel,
        ...text,
        margin: 10,
        hideOverlap: true,
        interval: labelEvery({ days: labels.length, width }),
        formatter: shortDay,
      },
    })),
    yAxis: PANELS.map((_, gridIndex) => ({
      gridIndex,
      type: 'value',
      min: 0,
      splitNumber: gridIndex === 0 ? 4 : 2,
      ...(gridIndex === lastPanel ? {} : { minInterval: 1 }),
      splitLine: { lineStyle: { color: theme.gridLine } },
      axisLabel: {
        ...text,
        formatter: (value: number) => AXIS_NUMBER.format(value) + (gridIndex === lastPanel ? ' %' : ''),
      },
    })),
    series: FUNNEL_TYPES.flatMap((funnel) =>
      seriesOf({ days, funnel, theme, labelLift: labelLifts[funnel] }),
    ),
  };
}

function seriesOf({
  days,
  funnel,
  theme,
  labelLift,
}: {
  days: readonly DailyConversion[];
  funnel: FunnelType;
  theme: ChartTheme;
  labelLift: number;
}) {
  const rows = days.filter((row) => row.funnel === funnel);
  const color = theme.funnels[funnel];
  const common = {
    name: FUNNEL_LABELS[funnel],
    silent: true,
    itemStyle: { color },
    emphasis: { disabled: true },
  };
  const bars = (panel: number, data: readonly number[]) => ({
    ...common,
    type: 'bar',
    stack: `panel${panel}`,
    xAxisIndex: panel,
    yAxisIndex: panel,
    barMaxWidth: 26,
    barCategoryGap: '24%',
    data,
  });
  return [
    bars(
      0,
      rows.map(({ entries }) => entries),
    ),
    bars(
      1,
      rows.map(({ purchases }) => purchases),
    ),
    {
      ...common,
      type: 'line',
      xAxisIndex: 2,
      yAxisIndex: 2,
      showAllSymbol: true,
      lineStyle: { color, width: 2.25 },
      data: rows.map((row, index) =>
        conversionPoint({ row, isLast: index === rows.length - 1, theme, color, labelLift }),
      ),
    },
  ];
}

/** Only the last point is labelled, with its exact figure. No entries yet: no conversion, so no point. */
function conversionPoint({
  row,
  isLast,
  theme,
  color,
  labelLift,
}: {
  row: DailyConversion;
  isLast: boolean;
  theme: ChartTheme;
  color: string;
  labelLift: number;
}) {
  if (row.totalEntries === 0) return { value: null, symbol: 'none' };
  const percent = conversionPercent({ entries: row.totalEntries, purchased: row.totalPurchased });
  if (!isLast) return { value: Number(percent), symbol: 'none' };
  return {
    value: Number(percent),
    symbol: 'circle',
    symbolSize: 6,
    label: {
      show: true,
      position: 'right',
      distance: 8,
      offset: [0, -labelLift],
      formatter: `${percent} %`,
      color,
      fontSize: 12,
      fontWeight: 600,
      fontFamily: theme.fontFamily,
    },
  };
}

const LABEL_HEIGHT = 16;

/** How many pixels each funnel's last label goes up, so that lines which end close together stay readable. */
function keepLabelsApart({
  days,
  panelHeight,
}: {
  days: readonly DailyConversion[];
  panelHeight: number;
}): Readonly<Record<FunnelType, number>> {
  const highest = Math.max(...days.map(rate), Number.EPSILON);
  const last = (funnel: FunnelType) => {
    const row = days.findLast((candidate) => candidate.funnel === funnel);
    return row === undefined ? 0 : (rate(row) / highest) * panelHeight;
  };
  const above = last('language') - last('non_language');
  const lift = Math.max(0, LABEL_HEIGHT - Math.abs(above));
  return above >= 0 ? { language: lift, non_language: 0 } : { language: 0, non_language: lift };
}

function rate({ totalEntries, totalPurchased }: DailyConversion): number {
  return totalEntries === 0 ? 0 : totalPurchased / totalEntries;
}

function layOut(height: number): readonly { top: number; height: number }[] {
  const gaps = MARGIN.betweenPanels * (PANELS.length - 1);
  const room = height - MARGIN.top - MARGIN.bottom - gaps - 20;
  let top = MARGIN.top + 20;
  return PANELS.map(({ share }) => {
    const grid = { top, height: Math.round(room * share) };
    top += grid.height + MARGIN.betweenPanels;
    return grid;
  });
}

/** Days between two labels of the time axis, less one: echarts wants the number left out. */
function labelEvery({ days, width }: { days: number; width: number }): number {
  const room = Math.max(2, Math.floor((width - MARGIN.left - MARGIN.right) / 62));
  const atLeast = Math.ceil(days / room);
  const step = [1, 2, 7, 14, 28, 56, 91, 182].find((candidate) => candidate >= atLeast) ?? 364;
  return step - 1;
}

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'] as const;

function shortDay(day: string): string {
  const [, month, dayOfMonth] = day.split('-').map(Number);
  return `${dayOfMonth ?? ''} ${MONTHS[(month ?? 1) - 1] ?? ''}`;
}
