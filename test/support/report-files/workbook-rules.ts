import type { Workbook } from './workbook.ts';
import { child, childrenOf, type XmlElement } from './xml.ts';

/** The prescribed order of a worksheet's children (ECMA-376 part 1, A.2, CT_Worksheet), as far as they are used. */
const ORDER = [
  'sheetPr',
  'dimension',
  'sheetViews',
  'sheetFormatPr',
  'cols',
  'sheetData',
  'autoFilter',
  'mergeCells',
  'pageMargins',
  'pageSetup',
  'headerFooter',
  'ignoredErrors',
];

/** All in a workbook that makes Excel offer to repair it, as sentences. */
export function brokenRules({ parts, sheets }: Workbook): readonly string[] {
  return [
    ...packageProblems(parts),
    ...styleProblems(parts.get('xl/styles.xml')),
    ...nameProblems({ parts, sheets }),
    ...sheets.flatMap(({ name, element }) => sheetProblems(element).map((problem) => `${name}: ${problem}`)),
  ];
}

function packageProblems(parts: Workbook['parts']): readonly string[] {
  const types = parts.get('[Content_Types].xml');
  const overrides = childrenOf(types, 'Override').map(
    ({ attributes }) => attributes.PartName?.slice(1) ?? '',
  );
  const problems = [...parts.keys()]
    .filter((name) => !name.endsWith('.rels') && name !== '[Content_Types].xml' && !overrides.includes(name))
    .map((name) => `${name} has no content type`);
  const missing = overrides
    .filter((name) => !parts.has(name))
    .map((name) => `${name} is named and not there`);
  const targets = ['_rels/.rels', 'xl/_rels/workbook.xml.rels'].flatMap((file) => {
    const base = file.startsWith('xl/') ? 'xl/' : '';
    const relations = childrenOf(parts.get(file), 'Relationship').map(({ attributes }) => attributes);
    const ids = relations.map(({ Id }) => Id);
    return [
      ...relations
        .filter(({ Target }) => !parts.has(`${base}${Target}`))
        .map(({ Target }) => `no target ${Target}`),
      ...(new Set(ids).size === ids.length ? [] : [`ids repeat in ${file}`]),
    ];
  });
  return [...problems, ...missing, ...targets];
}

function styleProblems(styles: XmlElement | undefined): readonly string[] {
  const counted = ['numFmts', 'fonts', 'fills', 'borders', 'cellStyleXfs', 'cellXfs', 'cellStyles'];
  const order = styles?.children.map(({ name }) => counted.indexOf(name)) ?? [];
  const inOrder = order.every(
    (place, index) => place >= 0 && (index === 0 || place > (order[index - 1] ?? -1)),
  );
  return [
    ...(inOrder ? [] : ['styles: parts are not in order']),
    ...(styles?.children ?? [])
      .filter(({ attributes, children }) => attributes.count !== String(children.length))
      .map(({ name }) => `styles: ${name} are counted wrongly`),
  ];
}

function nameProblems({ parts, sheets }: Workbook): readonly string[] {
  const names = sheets.map(({ name }) => name);
  const lower = names.map((name) => name.toLowerCase());
  const defined = childrenOf(child(parts.get('xl/workbook.xml'), 'definedNames'), 'definedName');
  return [
    ...(new Set(lower).size === lower.length ? [] : ['sheet names repeat']),
    ...names
      .filter(
        (name) =>
          name === '' || name.length > 31 || /[[\]:*?/\\]|^'|'$/.test(name) || /^history$/i.test(name),
      )
      .map((name) => `no sheet can be called ${JSON.stringify(name)}`),
    ...defined
      .filter(({ attributes, text }) => {
        const name = names[Number(attributes.localSheetId)];
        return name === undefined || !text.startsWith(`'${name.replaceAll("'", "''")}'!$`);
      })
      .map(({ text }) => `a name points elsewhere: ${text}`),
  ];
}

function sheetProblems(sheet: XmlElement): readonly string[] {
  const places = sheet.children.map(({ name }) => ORDER.indexOf(name));
  const problems: string[] = [];
  if (!places.every((place, index) => place >= 0 && (index === 0 || place > (places[index - 1] ?? -1)))) {
    problems.push(`elements are not in order: ${sheet.children.map(({ name }) => name).join(' ')}`);
  }
  let lastRow = 0;
  for (const row of childrenOf(child(sheet, 'sheetData'), 'row')) {
    const number = Number(row.attributes.r);
    if (number <= lastRow || number > 1_048_576) problems.push(`row ${number} after row ${lastRow}`);
    lastRow = number;
    let lastColumn = 0;
    for (const { attributes, children } of row.children) {
      const [, letters = '', at] = /^([A-Z]{1,3})(\d+)$/.exec(attributes.r ?? '') ?? [];
      const column = Array.from(letters).reduce((sum, letter) => sum * 26 + letter.charCodeAt(0) - 64, 0);
      if (Number(at) !== number || column <= lastColumn || column > 16_384)
        problems.push(`cell ${attributes.r}`);
      lastColumn = column;
      const text = children.find(({ name }) => name === 'is')?.children[0]?.text ?? '';
      if (text.replace(/_x[0-9A-Fa-f]{4}_/g, '.').length > 32_767)
        problems.push(`cell ${attributes.r} is too long`);
      if (attributes.t === 'inlineStr' && children[0]?.name !== 'is')
        problems.push(`cell ${attributes.r} is empty`);
    }
  }
  let lastColumn = 0;
  for (const { attributes } of childrenOf(child(sheet, 'cols'), 'col')) {
    if (Number(attributes.min) <= lastColumn || !(Number(attributes.width) <= 255))
      problems.push('columns overlap');
    lastColumn = Number(attributes.max);
  }
  return problems;
}
