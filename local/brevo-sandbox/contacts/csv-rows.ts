import type { ImportRow } from '../state/import-rows.ts';

/** Reads a CSV file of contacts, `;` or `,` apart, with a header line; quotes as in RFC 4180. */
export function csvRows(text: string): readonly ImportRow[] {
  const [header, ...lines] = records(text.replace(/^\uFEFF/, ''));
  if (header === undefined) {
    return [];
  }
  const names = header.map((name) => name.trim().toUpperCase());
  return lines.map((cells) => {
    const values = Object.fromEntries(names.map((name, index) => [name, cells[index]?.trim() ?? '']));
    const { EMAIL = '', EXT_ID = '', CONTACT_ID = '', ...attributes } = values;
    return {
      email: EMAIL === '' ? null : EMAIL,
      extId: EXT_ID === '' ? null : EXT_ID,
      contactId: /^\d+$/.test(CONTACT_ID) ? Number(CONTACT_ID) : null,
      attributes,
    };
  });
}

/** One column of values as a CSV file that a spreadsheet opens safely. */
export function csvColumn(name: string, values: readonly string[]): string {
  return [name, ...values].map((value) => `"${value.replaceAll('"', '""')}"\r\n`).join('');
}

function records(text: string): readonly (readonly string[])[] {
  const firstLine = text.slice(0, Math.max(text.indexOf('\n'), 0) || text.length);
  const separator = firstLine.includes(';') ? ';' : ',';
  const all: string[][] = [];
  let cells: string[] = [];
  let cell = '';
  let quoted = false;
  for (let index = 0; index < text.length; index += 1) {
    const character = text.charAt(index);
    if (quoted) {
      if (character !== '"') {
        cell += character;
      } else if (text.charAt(index + 1) === '"') {
        cell += '"';
        index += 1;
      } else {
        quoted = false;
      }
    } else if (character === '"') {
      quoted = true;
    } else if (character === separator) {
      cells.push(cell);
      cell = '';
    } else if (character === '\n') {
      all.push([...cells, cell.replace(/\r$/, '')]);
      cells = [];
      cell = '';
    } else {
      cell += character;
    }
  }
  return (cell === '' && cells.length === 0 ? all : [...all, [...cells, cell]]).filter((record) =>
    record.some((value) => value !== ''),
  );
}
