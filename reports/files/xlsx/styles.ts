import { percentDigits } from '../cell-text.ts';
import type { Column } from '../table.ts';
import { xmlPlain } from './xml-text.ts';

/** A look of cells; equal looks share one number. */
interface Look {
  readonly format?: string;
  readonly font?: 'bold' | 'note';
  readonly fill?: 'header';
  readonly right?: true;
  /** The text stays text when somebody edits the cell, even one like `=1+1` or `00123`. */
  readonly literal?: true;
  readonly top?: true;
}

/** The looks of a workbook, collected before its first sheet is written. */
export interface Styles {
  /** Number of a look, for the attribute `s` of a cell. */
  of(look: Look): number;
  xml(): string;
}

export const LOOKS = {
  header: { font: 'bold', fill: 'header' },
  headerRight: { font: 'bold', fill: 'header', right: true },
  literal: { literal: true },
  literalRight: { literal: true, right: true },
  date: { format: 'yyyy\\-mm\\-dd' },
  time: { format: '[hh]:mm:ss' },
  timeWithFraction: { format: '[hh]:mm:ss.000' },
  datetime: { format: 'yyyy\\-mm\\-dd\\ hh:mm:ss' },
  datetimeWithFraction: { format: 'yyyy\\-mm\\-dd\\ hh:mm:ss.000' },
  aboutName: { font: 'bold', top: true },
  aboutValue: { literal: true, top: true },
  note: { font: 'note' },
} as const satisfies Readonly<Record<string, Look>>;

/** How numbers of a column are shown. Whole numbers are not grouped, for many of them are ids. */
export function numberLook({ type, scale }: Column): Look {
  switch (type) {
    case 'percent':
      return { format: `0${fraction(percentDigits(scale))}%` };
    case 'integer':
      return { format: '0' };
    case 'decimal':
      if (scale === undefined) return {};
      return { format: scale <= 0 ? '0' : `#,##0${fraction(Math.min(15, scale))}` };
    default:
      return {};
  }
}

function fraction(digits: number): string {
  return digits === 0 ? '' : `.${'0'.repeat(digits)}`;
}

const FIRST_OWN_FORMAT = 164;
const TEXT_FORMAT = 49;
const BUILT_IN: ReadonlyMap<string, number> = new Map([
  ['0', 1],
  ['0.00', 2],
  ['#,##0', 3],
  ['#,##0.00', 4],
  ['0%', 9],
  ['0.00%', 10],
]);

export function createStyles(): Styles {
  const looks: Look[] = [];
  const numbers = new Map<string, number>();
  const formats: string[] = [];

  function of(look: Look): number {
    const key = JSON.stringify(look);
    const known = numbers.get(key);
    if (known !== undefined) return known;
    if (look.format !== undefined && !BUILT_IN.has(look.format) && !formats.includes(look.format)) {
      formats.push(look.format);
    }
    looks.push(look);
    numbers.set(key, looks.length - 1);
    return looks.length - 1;
  }

  function formatId({ format, literal }: Look): number {
    if (literal === true) return TEXT_FORMAT;
    if (format === undefined) return 0;
    return BUILT_IN.get(format) ?? FIRST_OWN_FORMAT + formats.indexOf(format);
  }

  function xf(look: Look): string {
    const number = formatId(look);
    const font = look.font === 'bold' ? 1 : look.font === 'note' ? 2 : 0;
    const fill = look.fill === 'header' ? 2 : 0;
    const border = look.fill === 'header' ? 1 : 0;
    const alignment = [
      ...(look.right === true ? ['horizontal="right"'] : []),
      ...(look.top === true ? ['vertical="top" wrapText="1"'] : []),
    ];
    const attributes = [
      `numFmtId="${number}" fontId="${font}" fillId="${fill}" borderId="${border}" xfId="0"`,
      ...(look.literal === true ? ['quotePrefix="1"'] : []),
      ...(number === 0 ? [] : ['applyNumberFormat="1"']),
      ...(font === 0 ? [] : ['applyFont="1"']),
      ...(fill === 0 ? [] : ['applyFill="1" applyBorder="1"']),
      ...(alignment.length === 0 ? [] : ['applyAlignment="1"']),
    ].join(' ');
    return alignment.length === 0
      ? `<xf ${attributes}/>`
      : `<xf ${attributes}><alignment ${alignment.join(' ')}/></xf>`;
  }

  // Look 0 is that of cells that name none.
  for (const look of [{}, ...Object.values(LOOKS)]) of(look);
  return {
    of,
    xml: () =>
      [
        '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n',
        '<styleSheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">',
        formats.length === 0
          ? ''
          : `<numFmts count="${formats.length}">${formats
              .map(
                (code, index) =>
                  `<numFmt numFmtId="${FIRST_OWN_FORMAT + index}" formatCode="${xmlPlain(code)}"/>`,
              )
              .join('')}</numFmts>`,
        FIXED_PARTS,
        `<cellXfs count="${looks.length}">${looks.map(xf).join('')}</cellXfs>`,
        '<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles>',
        '</styleSheet>',
      ].join(''),
  };
}

const FONT = '<sz val="11"/><color rgb="FF1C2430"/><name val="Calibri"/><family val="2"/>';

/** Fonts, fills (the first two are prescribed), borders, and the style that all looks stand on. */
const FIXED_PARTS = [
  '<fonts count="3">',
  `<font>${FONT}</font><font><b/>${FONT}</font><font><i/>${FONT.replace('FF1C2430', 'FF5B6675')}</font>`,
  '</fonts><fills count="3">',
  '<fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill>',
  '<fill><patternFill patternType="solid"><fgColor rgb="FFE8EDF3"/><bgColor indexed="64"/></patternFill></fill>',
  '</fills><borders count="2">',
  '<border><left/><right/><top/><bottom/><diagonal/></border>',
  '<border><left/><right/><top/><bottom style="thin"><color rgb="FF9AA6B4"/></bottom><diagonal/></border>',
  '</borders><cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs>',
].join('');
