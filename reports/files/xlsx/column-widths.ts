import { shownText } from '../cell-text.ts';
import type { Column, Row } from '../table.ts';
import type { WallClock } from '../wall-clock.ts';

const NARROWEST = 8;
const WIDEST = 60;
/** Room for the button of the filter. */
const BUTTON = 3;
const PADDING = 2;
/** A longer text does not make a column wider, so it is not counted to its end. */
const COUNTED = 200;

/** Widths in characters, by the headings and the first rows. */
export function columnWidths({
  columns,
  names,
  firstRows,
  clock,
}: {
  readonly columns: readonly Column[];
  readonly names: readonly string[];
  readonly firstRows: readonly Row[];
  readonly clock: WallClock;
}): readonly number[] {
  return columns.map((column, index) => {
    const lengths = firstRows.map((row) => widthOf(shownText(row[index] ?? null, { column, clock }) ?? ''));
    const widest = Math.max(widthOf(names[index] ?? '') + BUTTON, ...lengths) + PADDING;
    return Math.min(WIDEST, Math.max(NARROWEST, widest));
  });
}

/** The longest line, in columns of a fixed font; East Asian letters and emoji take two. */
function widthOf(text: string): number {
  return Math.max(
    ...text
      .slice(0, COUNTED)
      .split('\n')
      .map((line) => line.length + (line.match(WIDE)?.length ?? 0)),
  );
}

const WIDE = /[\u1100-\u115F\u2E80-\uA4CF\uAC00-\uD7A3\uF900-\uFAFF\uFE30-\uFE6F\uFF00-\uFF60\uFFE0-\uFFE6]/g;
