import { xmlPlain } from './xml-text.ts';

const HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n';
const OFFICE = 'http://schemas.openxmlformats.org/officeDocument/2006/relationships';
const PACKAGE = 'http://schemas.openxmlformats.org/package/2006';
const SHEET_ML = 'application/vnd.openxmlformats-officedocument.spreadsheetml';

/** One sheet as the workbook names it, in the order of the tabs. */
export interface SheetPart {
  /** Number of its part, `xl/worksheets/sheet1.xml`. */
  readonly part: number;
  readonly name: string;
  /** Absolute range of header and rows, like `$A$1:$C$12`; only sheets of rows have one. */
  readonly range?: string;
}

export const ROOT_RELATIONS = `${HEAD}<Relationships xmlns="${PACKAGE}/relationships"><Relationship Id="rId1" Type="${OFFICE}/officeDocument" Target="xl/workbook.xml"/><Relationship Id="rId2" Type="${PACKAGE}/relationships/metadata/core-properties" Target="docProps/core.xml"/></Relationships>`;

export function coreXml({ title, created }: { readonly title: string; readonly created: Date }): string {
  const time = created.toISOString().replace(/\.\d+Z$/, 'Z');
  return [
    HEAD,
    `<cp:coreProperties xmlns:cp="${PACKAGE}/metadata/core-properties" xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:dcterms="http://purl.org/dc/terms/" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">`,
    `<dc:title>${xmlPlain(title)}</dc:title><dc:creator>Sluice</dc:creator>`,
    `<dcterms:created xsi:type="dcterms:W3CDTF">${time}</dcterms:created>`,
    '</cp:coreProperties>',
  ].join('');
}

export function workbookXml(sheets: readonly SheetPart[]): string {
  const named = sheets.flatMap(({ name, range }, index) => {
    if (range === undefined) return [];
    const quoted = xmlPlain(`'${name.replaceAll("'", "''")}'!`);
    return [
      `<definedName name="_xlnm._FilterDatabase" localSheetId="${index}" hidden="1">${quoted}${range}</definedName>`,
      `<definedName name="_xlnm.Print_Titles" localSheetId="${index}">${quoted}$1:$1</definedName>`,
    ];
  });
  const tabs = sheets.map(
    ({ name, part }) => `<sheet name="${xmlPlain(name)}" sheetId="${part}" r:id="rId${part}"/>`,
  );
  return [
    HEAD,
    `<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="${OFFICE}">`,
    '<bookViews><workbookView activeTab="0"/></bookViews>',
    `<sheets>${tabs.join('')}</sheets>`,
    named.length === 0 ? '' : `<definedNames>${named.join('')}</definedNames>`,
    '</workbook>',
  ].join('');
}

export function workbookRelations(sheets: readonly SheetPart[]): string {
  const parts = sheets.map(
    ({ part }) =>
      `<Relationship Id="rId${part}" Type="${OFFICE}/worksheet" Target="worksheets/sheet${part}.xml"/>`,
  );
  const styles = `<Relationship Id="rId${sheets.length + 1}" Type="${OFFICE}/styles" Target="styles.xml"/>`;
  return `${HEAD}<Relationships xmlns="${PACKAGE}/relationships">${parts.join('')}${styles}</Relationships>`;
}

export function contentTypes(sheets: readonly SheetPart[]): string {
  return [
    HEAD,
    `<Types xmlns="${PACKAGE}/content-types">`,
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>',
    '<Default Extension="xml" ContentType="application/xml"/>',
    override('/xl/workbook.xml', `${SHEET_ML}.sheet.main+xml`),
    override('/xl/styles.xml', `${SHEET_ML}.styles+xml`),
    ...sheets.map(({ part }) => override(`/xl/worksheets/sheet${part}.xml`, `${SHEET_ML}.worksheet+xml`)),
    override('/docProps/core.xml', 'application/vnd.openxmlformats-package.core-properties+xml'),
    '</Types>',
  ].join('');
}

function override(part: string, type: string): string {
  return `<Override PartName="${part}" ContentType="${type}"/>`;
}
