import { unzip } from './archive.ts';
import { child, childrenOf, parseXml, type XmlElement } from './xml.ts';

/** What a cell is in the file, decoded as ECMA-376 says; no knowledge of the writer is in it. */
export interface StoredCell {
  readonly kind: 'text' | 'number' | 'boolean';
  readonly value: string | number | boolean;
  /** Code of its number format. */
  readonly format: string;
  readonly bold: boolean;
  readonly quotePrefix: boolean;
}

interface StoredSheet {
  readonly name: string;
  readonly element: XmlElement;
  /** By address, like `B2`. */
  readonly cells: ReadonlyMap<string, StoredCell>;
}

export interface Workbook {
  readonly parts: ReadonlyMap<string, XmlElement>;
  readonly sheets: readonly StoredSheet[];
}

export async function openWorkbook(bytes: Buffer): Promise<Workbook> {
  const entries = await unzip(bytes);
  const parts = new Map([...entries].map(([name, xml]) => [name, parseXml(xml)]));
  const workbook = parts.get('xl/workbook.xml');
  const targets = new Map(
    childrenOf(parts.get('xl/_rels/workbook.xml.rels'), 'Relationship').map(({ attributes }) => [
      attributes.Id,
      `xl/${attributes.Target}`,
    ]),
  );
  const styles = stylesOf(parts.get('xl/styles.xml'));
  const sheets = childrenOf(child(workbook, 'sheets'), 'sheet').map(({ attributes }) => {
    const element = parts.get(targets.get(attributes['r:id']) ?? '');
    if (element === undefined) throw new Error(`sheet ${attributes.name} has no part`);
    return { name: attributes.name ?? '', element, cells: cellsOf(element, styles) };
  });
  return { parts, sheets };
}

type StyleOf = (number: string | undefined) => Omit<StoredCell, 'kind' | 'value'>;

const BUILT_IN: Readonly<Record<string, string>> = {
  0: 'General',
  1: '0',
  2: '0.00',
  3: '#,##0',
  4: '#,##0.00',
  9: '0%',
  10: '0.00%',
  49: '@',
};

function stylesOf(styles: XmlElement | undefined): StyleOf {
  const own = Object.fromEntries(
    childrenOf(child(styles, 'numFmts'), 'numFmt').map(({ attributes }) => [
      attributes.numFmtId,
      attributes.formatCode,
    ]),
  );
  const fonts = childrenOf(child(styles, 'fonts'), 'font');
  const looks = childrenOf(child(styles, 'cellXfs'), 'xf');
  return (number = '0') => {
    const look = looks[Number(number)];
    if (look === undefined) throw new Error(`there is no style ${number}`);
    const { numFmtId = '0', fontId = '0', quotePrefix } = look.attributes;
    const format = BUILT_IN[numFmtId] ?? own[numFmtId];
    if (format === undefined) throw new Error(`there is no number format ${numFmtId}`);
    return {
      format,
      bold: child(fonts[Number(fontId)], 'b') !== undefined,
      quotePrefix: quotePrefix === '1',
    };
  };
}

function cellsOf(sheet: XmlElement, styleOf: StyleOf): ReadonlyMap<string, StoredCell> {
  const cells = new Map<string, StoredCell>();
  for (const row of childrenOf(child(sheet, 'sheetData'), 'row')) {
    for (const cell of childrenOf(row, 'c')) {
      const { r = '', s, t = 'n' } = cell.attributes;
      cells.set(r, { ...contentOf(cell, t), ...styleOf(s) });
    }
  }
  return cells;
}

function contentOf(cell: XmlElement, type: string): Pick<StoredCell, 'kind' | 'value'> {
  const value = child(cell, 'v')?.text;
  switch (type) {
    case 'inlineStr':
      return { kind: 'text', value: decoded(child(child(cell, 'is'), 't')?.text ?? '') };
    case 'b':
      return { kind: 'boolean', value: value === '1' };
    case 'n':
      if (value === undefined || !/^-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?$/.test(value)) {
        throw new Error(`no number: ${value}`);
      }
      return { kind: 'number', value: Number(value) };
    default:
      throw new Error(`cells of type ${type} are not written`);
  }
}

/** ECMA-376 part 1, 22.9.2.19: `_x0041_` is the character with that number. */
function decoded(text: string): string {
  return text.replace(/_x([0-9A-Fa-f]{4})_/g, (_, code: string) =>
    String.fromCharCode(Number.parseInt(code, 16)),
  );
}
