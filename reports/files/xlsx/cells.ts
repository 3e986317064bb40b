import { cutText, exactText, isNumeric } from '../cell-text.ts';
import type { Cell, Column } from '../table.ts';
import type { WallClock } from '../wall-clock.ts';
import { EXCEL_DIGITS } from './limits.ts';
import { type Serial, serialOfDate, serialOfDatetime, serialOfReading, serialOfTime } from './serial.ts';
import { LOOKS, numberLook, type Styles } from './styles.ts';
import { inlineString } from './xml-text.ts';

/** Writes the cells of one column. @param at where the cell is, like `C12` */
export type CellWriter = (cell: Cell, at: string) => string;

export interface CellSurroundings {
  readonly styles: Styles;
  readonly clock: WallClock;
  /** UTF-16 units that a cell holds. */
  readonly characters: number;
  /** Hears of each text that did not fit. */
  readonly onCut: () => void;
}

export const CUT_SIGN = '… [cut]';

/**
 * A number, date or boolean where Excel holds exactly the same one, else text: digits that it would round, days before
 * March 1900, and what is of another type than its column. NULL is no cell.
 */
export function cellWriter(column: Column, surroundings: CellSurroundings): CellWriter {
  const { styles, clock } = surroundings;
  const place = { column, clock };
  const writeText = textWriter(column, surroundings);
  const asText: CellWriter = (cell, at) => {
    const text = exactText(cell, place);
    return text === null ? '' : writeText(text, at);
  };

  switch (column.type) {
    case 'integer':
    case 'decimal':
    case 'float':
    case 'percent': {
      const open = opening({ look: styles.of(numberLook(column)) });
      const isFloat = column.type === 'float' || column.type === 'percent';
      return (cell, at) => {
        const digits = isFloat && typeof cell === 'number' ? floatText(cell) : exactNumber(cell);
        return digits === undefined ? asText(cell, at) : `<c r="${at}"${open}<v>${digits}</v></c>`;
      };
    }
    case 'boolean':
      return (cell, at) => {
        const value = cell === true || cell === 1 ? 1 : cell === false || cell === 0 ? 0 : undefined;
        return value === undefined ? asText(cell, at) : `<c r="${at}" t="b"><v>${value}</v></c>`;
      };
    case 'date':
    case 'time':
    case 'datetime':
    case 'instant': {
      const { read, plain, fraction } = MOMENTS[column.type];
      const openPlain = opening({ look: styles.of(plain) });
      const openFraction = opening({ look: styles.of(fraction) });
      return (cell, at) => {
        const serial = read(cell, clock);
        if (serial === undefined) return asText(cell, at);
        return `<c r="${at}"${serial.hasFraction ? openFraction : openPlain}<v>${serial.value}</v></c>`;
      };
    }
    default:
      return asText;
  }
}

/** Attributes of a cell up to the end of its tag. */
function opening({ look, type }: { readonly look: number; readonly type?: string }): string {
  return `${look === 0 ? '' : ` s="${look}"`}${type === undefined ? '' : ` t="${type}"`}>`;
}

/**
 * Text that begins with a letter stands as it is. Any other could become a formula, number or date when somebody edits its
 * cell and leaves it, and is marked as text.
 */
function textWriter(
  column: Column,
  { styles, characters, onCut }: CellSurroundings,
): (text: string, at: string) => string {
  const usual = opening({ look: 0, type: 'inlineStr' });
  const literal = opening({
    look: styles.of(isNumeric(column) ? LOOKS.literalRight : LOOKS.literal),
    type: 'inlineStr',
  });
  return (text, at) => {
    let held = text;
    if (text.length > characters) {
      held = cutText(text, { most: characters, sign: CUT_SIGN });
      onCut();
    }
    return `<c r="${at}"${isLiteral(held) ? literal : usual}${inlineString(held)}</c>`;
  };
}

const CODE_OF_A = 65;

function isLiteral(text: string): boolean {
  const first = text.charCodeAt(0);
  // Full-width signs count as formula signs, too.
  return first < CODE_OF_A || (first >= 0xff0b && first <= 0xff20);
}

const LARGEST = 9.99999999999999e307;
const SMALLEST = 2.2250738585072014e-308;

/** Floats are what Excel calculates with itself; only their ends and what is no number are unknown to it. */
function floatText(value: number): string | undefined {
  const size = Math.abs(value);
  if (size === 0) return '0';
  return size >= SMALLEST && size <= LARGEST ? String(value) : undefined;
}

const PLAIN_NUMBER = /^-?\d+(?:\.\d+)?$/;
const LARGEST_EXACT = 10 ** EXCEL_DIGITS - 1;

/** The digits of a number that Excel keeps all of. */
function exactNumber(cell: Cell): string | undefined {
  if (typeof cell === 'number') {
    if (Number.isInteger(cell)) return Math.abs(cell) <= LARGEST_EXACT ? String(cell + 0) : undefined;
    return floatText(cell);
  }
  if (typeof cell === 'bigint') {
    return cell <= LARGEST_EXACT && cell >= -LARGEST_EXACT ? String(cell) : undefined;
  }
  if (typeof cell !== 'string' || !PLAIN_NUMBER.test(cell)) return undefined;
  return cell.length <= EXCEL_DIGITS || significantDigits(cell) <= EXCEL_DIGITS ? cell : undefined;
}

function significantDigits(number: string): number {
  const trimmed = number.includes('.') ? number.replace(/0+$/, '') : number;
  return trimmed.replace(/[-.]/g, '').replace(/^0+/, '').length;
}

const MOMENTS = {
  date: {
    read: (cell: Cell) => (typeof cell === 'string' ? serialOfDate(cell) : undefined),
    plain: LOOKS.date,
    fraction: LOOKS.date,
  },
  time: {
    read: (cell: Cell) => (typeof cell === 'string' ? serialOfTime(cell) : undefined),
    plain: LOOKS.time,
    fraction: LOOKS.timeWithFraction,
  },
  datetime: {
    read: (cell: Cell) => (typeof cell === 'string' ? serialOfDatetime(cell) : undefined),
    plain: LOOKS.datetime,
    fraction: LOOKS.datetimeWithFraction,
  },
  instant: {
    read: (cell: Cell, clock: WallClock): Serial | undefined =>
      cell instanceof Date ? serialOfReading(clock.reading(cell)) : undefined,
    plain: LOOKS.datetime,
    fraction: LOOKS.datetimeWithFraction,
  },
} as const;
