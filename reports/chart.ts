import { createRequire } from 'node:module';
import { renderAsync } from '@resvg/resvg-js';
import { BarChart, LineChart } from 'echarts/charts';
import { GridComponent, LegendComponent, TitleComponent } from 'echarts/components';
import { init, use } from 'echarts/core';
import { SVGRenderer } from 'echarts/renderers';
import type { DailyConversion } from '../domain/conversions.ts';
import { type ChartTheme, FILE_THEME } from './chart-theme.ts';
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
    return settle(chart.renderToSVGString(), { idPrefix: `trend${width}` });
  } finally {
    chart.dispose();
  }
}

/**
 * Takes out what echarts adds for a browser script that is not here (hover classes, series numbers), and replaces its ids,
 * which it counts up over the life of the process and which two charts on one page must not share.
 */
function settle(svg: string, { idPrefix }: { idPrefix: string }): string {
  return svg
    .replace(/<style\b.*?<\/style>/gs, '')
    .replace(/ (?:class|ecmeta_\w+)="[^"]*"/g, '')
    .replace(/\bzr\d+-/g, `${idPrefix}-`);
}

/**
 * The same chart as PNG at twice its size, for mail, where SVG is not shown. The font comes with Sluice: without one the
 * renderer leaves all text out and says nothing, and a server may have none.
 */
export async function trendChartPng(chart: Omit<TrendChart, 'theme'>): Promise<Buffer> {
  const image = await renderAsync(trendChartSvg(chart), {
    fitTo: { mode: 'zoom', value: 2 },
    font: {
      loadSystemFonts: false,
      fontFiles: fontFiles(),
      defaultFontFamily: 'Inter',
      sansSerifFamily: 'Inter',
    },
  });
  return image.asPng();
}

function fontFiles(): string[] {
  const require = createRequire(import.meta.url);
  return ['400Regular/Inter_400Regular.ttf', '600SemiBold/Inter_600SemiBold.ttf'].map((file) =>
    require.resolve(`@expo-google-fonts/inter/${file}`),
  );
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
