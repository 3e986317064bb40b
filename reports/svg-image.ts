import { createRequire } from 'node:module';
import { renderAsync } from '@resvg/resvg-js';

const REGULAR = '400Regular/Inter_400Regular.ttf';
const SEMI_BOLD = '600SemiBold/Inter_600SemiBold.ttf';

/**
 * Takes out what echarts adds for a browser script that is not here (hover classes, series numbers), and replaces its ids,
 * which it counts up over the life of the process and which two charts on one page must not share.
 */
export function settleSvg(svg: string, { idPrefix }: { readonly idPrefix: string }): string {
  return svg
    .replace(/<style\b.*?<\/style>/gs, '')
    .replace(/ (?:class|ecmeta_\w+)="[^"]*"/g, '')
    .replace(/\bzr\d+-/g, `${idPrefix}-`);
}

/**
 * An SVG as PNG at twice its size, for mail, where SVG is not shown. The font comes with Sluice: without one the renderer
 * leaves all text out and says nothing, and a server may have none. The same SVG gives the same bytes.
 */
export async function svgToPng(svg: string): Promise<Buffer> {
  const image = await renderAsync(svg, {
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
  return [REGULAR, SEMI_BOLD].map((file) => require.resolve(`@expo-google-fonts/inter/${file}`));
}
