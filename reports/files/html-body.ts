import type { MailChart } from '../../domain/mail-chart.ts';
import { escapeHtml } from '../escape-html.ts';
import { count, rowsWords } from './about.ts';
import { cutText, isNumeric, shownText } from './cell-text.ts';
import { chartOfRows } from './chart-of-rows.ts';
import { headings } from './headings.ts';
import type { Sample } from './sample.ts';
import type { Column, FileContext } from './table.ts';
import { createWallClock } from './wall-clock.ts';

export interface HtmlBody {
  /** A fragment for a mail, escaped: what came from the database is text in it. */
  readonly html: string;
  /** The same for the text part. */
  readonly text: string;
  /** Where the rows are a number for each day or category. */
  readonly chart?: MailChart;
}

const ROWS_SHOWN = 20;
/** What a mail of 600 pixels has room for; more can only be seen by those who scroll. */
const COLUMNS_SHOWN = 6;
const LONGEST_CELL = 160;
const LONGEST_TEXT_CELL = 28;

/** Middle grey is seen on white and on black; the ink is whatever the mail around it has. */
const LINE = '#9aa6b4';
const TABLE = 'border-collapse:collapse;width:100%;font-size:13px;line-height:1.4;color:inherit';
const CELL = `padding:5px 6px;border-bottom:1px solid ${LINE};vertical-align:top;color:inherit`;
const HEAD = `padding:5px 6px;border-bottom:2px solid ${LINE};vertical-align:bottom;font-weight:700;color:inherit`;

/**
 * The first 20 rows and 6 columns as the body of a mail.
 * @param chart `auto` (default): one is made where the rows allow it; `none`: never
 */
export function htmlBody(sample: Sample, context: FileContext, chart: 'auto' | 'none' = 'auto'): HtmlBody {
  const names = headings(sample.columns).slice(0, COLUMNS_SHOWN);
  const columns = sample.columns.slice(0, COLUMNS_SHOWN);
  const clock = createWallClock(context.timezone);
  const rows = sample.rows
    .slice(0, ROWS_SHOWN)
    .map((row) => columns.map((column, index) => shownText(row[index] ?? null, { column, clock })));
  const notes = notesOf({ sample, shown: rows.length, context });
  const made = chart === 'auto' ? chartOfRows(sample, context) : undefined;
  return {
    html: `${tableHtml({ columns, names, rows })}${notes.map(noteHtml).join('')}`,
    text: [...tableText({ columns, names, rows }), '', ...notes].join('\n').trim(),
    ...(made === undefined ? {} : { chart: made }),
  };
}

interface ShownTable {
  readonly columns: readonly Column[];
  readonly names: readonly string[];
  readonly rows: readonly (readonly (string | null)[])[];
}

function tableHtml({ columns, names, rows }: ShownTable): string {
  if (columns.length === 0 || rows.length === 0) return '';
  const head = names.map((name, index) =>
    cellHtml('th', { column: columns[index], style: HEAD, text: name }),
  );
  const body = rows.map(
    (cells) =>
      `<tr>${cells.map((text, index) => cellHtml('td', { column: columns[index], style: CELL, text })).join('')}</tr>`,
  );
  return [
    '<div style="overflow-x:auto">',
    `<table border="0" cellpadding="0" cellspacing="0" style="${TABLE}">`,
    `<thead><tr>${head.join('')}</tr></thead><tbody>${body.join('')}</tbody>`,
    '</table></div>',
  ].join('');
}

function cellHtml(
  tag: 'th' | 'td',
  {
    column,
    style,
    text,
  }: { readonly column: Column | undefined; readonly style: string; readonly text: string | null },
): string {
  const toRight = column !== undefined && isNumeric(column);
  // A number or a time that is broken over two lines is misread; words may be broken where nothing else helps.
  const wraps = column?.type === 'text' || column?.type === 'json' || tag === 'th';
  const flow = wraps ? 'word-break:normal;overflow-wrap:break-word' : 'white-space:nowrap';
  const align = toRight ? 'right' : 'left';
  const scope = tag === 'th' ? ' scope="col"' : '';
  return `<${tag}${scope} align="${align}" style="${style};text-align:${align};${flow}">${text === null ? '&#8211;' : printed(text)}</${tag}>`;
}

function noteHtml(text: string): string {
  return `<p style="margin:12px 0 0;font-size:13px;line-height:1.4;color:inherit;opacity:0.8">${printed(text)}</p>`;
}

function printed(text: string): string {
  const shown = cutText(clean(text), { most: LONGEST_CELL, sign: '…' });
  // Whoever handles the mail after us evaluates `{{ … }}`.
  return escapeHtml(shown)
    .replaceAll('{', '&#123;')
    .replace(LONG_WORD, (word) => word.replace(/[@._/-](?=.)/g, '$&<wbr>'))
    .replaceAll('\n', '<br>');
}

/** An address in a narrow column may be broken at its signs. */
const LONG_WORD = /[^\s<>&;]{15,}/g;

/** Whole characters; nothing invisible that turns the direction of what follows. */
function clean(text: string): string {
  return text
    .toWellFormed()
    .replace(/\r\n?/g, '\n')
    .replace(/[^\P{Cc}\t\n]|[\u202A-\u202E\u2066-\u2069\uFFFE\uFFFF]/gu, '');
}

function tableText({ columns, names, rows }: ShownTable): readonly string[] {
  if (columns.length === 0 || rows.length === 0) return [];
  const lines = [names, ...rows].map((cells) => cells.map(textCell));
  const widths = columns.map((_, index) => Math.max(...lines.map((cells) => cells[index]?.length ?? 0)));
  const aligned = lines.map((cells) =>
    cells
      .map((text, index) => {
        const column = columns[index];
        const width = widths[index] ?? 0;
        return column !== undefined && isNumeric(column) ? text.padStart(width) : text.padEnd(width);
      })
      .join('  ')
      .trimEnd(),
  );
  const [head = '', ...body] = aligned;
  return [head, widths.map((width) => '-'.repeat(width)).join('  '), ...body];
}

function textCell(text: string | null): string {
  if (text === null) return '–';
  const line = clean(text)
    .replace(/\s+/g, ' ')
    .trim()
    .replace(/\{(?=[{%#])/g, '{ ');
  return cutText(line, { most: LONGEST_TEXT_CELL, sign: '…' });
}

function notesOf({
  sample,
  shown,
  context,
}: {
  readonly sample: Sample;
  readonly shown: number;
  readonly context: FileContext;
}): readonly string[] {
  const { columns, total, truncated } = sample;
  const all = truncated ? context.totalRows : total;
  const hasTimes = columns.slice(0, COLUMNS_SHOWN).some(({ type }) => type === 'instant');
  return [
    ...(columns.length === 0 ? ['The query gives no columns.'] : []),
    `${sentence(rowsWords({ rows: shown, truncated: truncated || shown < total }, all))}.`,
    ...(columns.length > COLUMNS_SHOWN
      ? [`First ${COLUMNS_SHOWN} of ${count(columns.length)} columns.`]
      : []),
    ...(truncated
      ? [`The file ends early, too: ${rowsWords({ rows: total, truncated }, context.totalRows)}.`]
      : []),
    ...(hasTimes ? [`Times by the clock of ${context.timezone}.`] : []),
  ];
}

function sentence(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
