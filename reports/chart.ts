import { BarChart, LineChart } from 'echarts/charts';
import { GridComponent, LegendComponent, TitleComponent } from 'echarts/components';
import { init, use } from 'echarts/core';
import { SVGRenderer } from 'echarts/renderers';
import type { DailyConversion } from '../domain/conversions.ts';
import { type ChartTheme, FILE_THEME } from './chart-theme.ts';
import { settleSvg, svgToPng } from './svg-image.ts';
import { trendOption } from './trend-option.ts';

use([BarChart, LineChart, GridComponent, LegendComponent, TitleComponent, SVGRenderer]);

/** The days to draw, in order, both funnels; the size is in CSS pixels. */
export interface TrendChart {
  readonly days: readonly DailyConversion[];
  readonly width?: number;
  readonly height?: number;
  readonly theme?: ChartTheme;
}

/**
 * The trend of both funnels as SVG: entries and purchases per day, and the conversion of all entries up to each day.
 * Three panels over one time axis instead of one with two scales, on which any two lines can be made to cross.
 * The same days give the same text.
 */
export function trendChartSvg({ days, width = 1040, height = 620, theme = FILE_THEME }: TrendChart): string {
  const chart = init(null, null, { renderer: 'svg', ssr: true, width, height });
  try {
    chart.setOption(days.length === 0 ? emptyOption(theme) : trendOption({ days, width, height, theme }));
    return settleSvg(chart.renderToSVGString(), { idPrefix: `trend${width}` });
  } finally {
    chart.dispose();
  }
}

/** The same chart as PNG at twice its size. */
export async function trendChartPng(chart: Omit<TrendChart, 'theme'>): Promise<Buffer> {
  return svgToPng(trendChartSvg(chart));
}

function emptyOption(theme: ChartTheme) {
  return {
    backgroundColor: theme.background,
    title: {
      text: 'No entries or purchases in this period',
      left: 'center',
      top: 'middle',
      textStyle: { color: theme.mutedInk, fontSize: 14, fontWeight: 400, fontFamily: theme.fontFamily },
    },
  };
}
