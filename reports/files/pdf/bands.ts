/** A column as it stands on a page. */
export interface PlacedColumn {
  /** Position in the row; undefined: the number of the row. */
  readonly index: number | undefined;
  readonly width: number;
}

export interface Arrangement {
  readonly layout: 'portrait' | 'landscape';
  /** Columns side by side; more than one band where they do not fit on one page. */
  readonly bands: readonly (readonly PlacedColumn[])[];
}

/** In points, with the padding of a cell. */
export interface ColumnSize {
  /** Below it words are broken. */
  readonly least: number;
  /** At it nothing is broken. */
  readonly wanted: number;
}

const ROW_NUMBER_WIDTH = 34;
const WIDEST_IN_BAND = 170;
const WIDEST_REPEATED = 130;
const MOST_STRETCH = 1.2;

/**
 * Chooses the page. Upright when all columns fit as they are; across when they do, or when their texts can be wrapped
 * between words. More columns are split over several pages; each begins with the number of the row and the first column,
 * by which a reader finds the row again.
 */
export function arrangeColumns({
  columns,
  portrait,
  landscape,
}: {
  readonly columns: readonly ColumnSize[];
  readonly portrait: number;
  readonly landscape: number;
}): Arrangement {
  const wanted = total(columns, 'wanted');
  if (wanted <= portrait) return { layout: 'portrait', bands: [stretched(columns, portrait / wanted)] };
  if (wanted <= landscape) return { layout: 'landscape', bands: [stretched(columns, landscape / wanted)] };
  const least = total(columns, 'least');
  if (least <= landscape) {
    const share = (landscape - least) / (wanted - least);
    const widths = columns.map((one) => one.least + (one.wanted - one.least) * share);
    return { layout: 'landscape', bands: [widths.map((width, index) => ({ index, width }))] };
  }
  return { layout: 'landscape', bands: split({ columns, room: landscape }) };
}

function split({
  columns,
  room,
}: {
  readonly columns: readonly ColumnSize[];
  readonly room: number;
}): readonly (readonly PlacedColumn[])[] {
  const widths = columns.map(({ least, wanted }) =>
    Math.min(room / 2, Math.max(least, Math.min(wanted, WIDEST_IN_BAND))),
  );
  const number: PlacedColumn = { index: undefined, width: ROW_NUMBER_WIDTH };
  const repeated = [number, { index: 0, width: Math.min(widths[0] ?? 0, WIDEST_REPEATED) }];
  const bands: PlacedColumn[][] = [];
  let band: PlacedColumn[] = [number];
  for (const [index, width] of widths.entries()) {
    const used = band.reduce((sum, one) => sum + one.width, 0);
    if (used + width > room) {
      bands.push(band);
      band = [...repeated];
    }
    band.push({ index, width });
  }
  return [...bands, band];
}

/** A little wider where there is room, for what later rows may hold. */
function stretched(columns: readonly ColumnSize[], most: number): readonly PlacedColumn[] {
  const factor = Math.min(most, MOST_STRETCH);
  return columns.map(({ wanted }, index) => ({ index, width: wanted * factor }));
}

function total(columns: readonly ColumnSize[], key: keyof ColumnSize): number {
  return columns.reduce((sum, column) => sum + column[key], 0);
}
