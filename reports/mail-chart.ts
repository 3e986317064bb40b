import { BarChart, LineChart } from 'echarts/charts';
import { GraphicComponent, GridComponent } from 'echarts/components';
import { init, use } from 'echarts/core';
import { SVGRenderer } from 'echarts/renderers';
import type { MailChart } from '../domain/mail-chart.ts';
import { FILE_THEME } from './chart-theme.ts';
import { HEIGHT, mailChartOption, WIDTH } from './mail-chart-option.ts';
import { settleSvg, svgToPng } from './svg-image.ts';

use([BarChart, LineChart, GraphicComponent, GridComponent, SVGRenderer]);

/**
 * A small chart for a mail: PNG of 1120 × 600 pixels, to be shown at 560 × 300. It is a white card with round corners,
 * legible on light and dark ground. The same chart gives the same bytes.
 * @param chart as `checkMailChart` takes it.
 */
export async function mailChartPng(chart: MailChart): Promise<Buffer> {
  return svgToPng(mailChartSvg(chart));
}

function mailChartSvg(chart: MailChart): string {
  const drawing = init(null, null, { renderer: 'svg', ssr: true, width: WIDTH, height: HEIGHT });
  try {
    drawing.setOption(mailChartOption(chart, FILE_THEME));
    return settleSvg(drawing.renderToSVGString(), { idPrefix: 'mail-chart' });
  } finally {
    drawing.dispose();
  }
}
