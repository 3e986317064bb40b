import { cutText } from '../cell-text.ts';
import { CUT_SIGN } from './cells.ts';
import { LOOKS, type Styles } from './styles.ts';
import { inlineString } from './xml-text.ts';

/** The sheet that says what the workbook is: names in bold, values beside them, as text. */
export function aboutSheetXml({
  pairs,
  styles,
  characters,
}: {
  readonly pairs: readonly (readonly [name: string, value: string])[];
  readonly styles: Styles;
  readonly characters: number;
}): string {
  const cell = (at: string, { look, text }: { readonly look: number; readonly text: string }) =>
    `<c r="${at}" s="${look}" t="inlineStr">${inlineString(cutText(text, { most: characters, sign: CUT_SIGN }))}</c>`;
  const name = styles.of(LOOKS.aboutName);
  const value = styles.of(LOOKS.aboutValue);
  const rows = pairs.map(
    ([what, text], index) =>
      `<row r="${index + 1}">${cell(`A${index + 1}`, { look: name, text: what })}${cell(`B${index + 1}`, { look: value, text })}</row>`,
  );
  return [
    '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n',
    '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">',
    '<sheetViews><sheetView workbookViewId="0"/></sheetViews><sheetFormatPr defaultRowHeight="15"/>',
    '<cols><col min="1" max="1" width="24" customWidth="1"/><col min="2" max="2" width="80" customWidth="1"/></cols>',
    `<sheetData>${rows.join('')}</sheetData>`,
    '<pageMargins left="0.5" right="0.5" top="0.6" bottom="0.6" header="0.3" footer="0.3"/>',
    '</worksheet>',
  ].join('');
}
