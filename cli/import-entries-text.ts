import type { ImportOutcome } from '../db/entry-import.ts';
import { SKIP_REASONS, type SkipReason } from '../domain/entry-import.ts';
import { FUNNEL_TYPES, type FunnelType } from '../domain/funnels.ts';
import { visibleText } from './visible-text.ts';

/** What an import did or would do, with every merge and every row left out. */
export interface ImportReport extends ImportOutcome {
  readonly written: boolean;
  /** Without the password. */
  readonly from: string;
  readonly timezone: string;
  /** Rows of the old table, and the people in funnels that they are. */
  readonly rows: number;
  readonly people: number;
  readonly bought: number;
  /** Rows whose date of entry is none. */
  readonly undated: number;
  /** People left out because they have been erased. */
  readonly erased: number;
  readonly merged: readonly {
    readonly email: string;
    readonly funnel: FunnelType;
    readonly rows: readonly number[];
  }[];
  readonly skipped: readonly {
    readonly id: number;
    readonly email: string | null;
    readonly funnel: string;
    readonly reason: SkipReason;
  }[];
}

const EXAMPLES = 20;

const MEANING: Readonly<Record<SkipReason, string>> = {
  unknown_funnel: 'a funnel that Sluice does not know',
  no_email: 'no e-mail address',
  invalid_email: 'not a valid e-mail address',
  unsupported_email: 'letters outside ASCII before the @',
};

export function describeImport(report: ImportReport): string {
  const { written, rows, people, merged, skipped, undated } = report;
  const total = report.imported.language + report.imported.non_language;
  const perFunnel = FUNNEL_TYPES.map((funnel) => `${report.imported[funnel]} ${funnel}`).join(', ');
  return [
    `${report.from}, times in ${report.timezone}`,
    `${rows} rows are ${people} people in funnels, ${report.bought} of them buyers`,
    '',
    `${written ? 'imported ' : 'to import'}  ${total}: ${perFunnel}`,
    `${written ? 'corrected' : 'to correct'} ${report.corrected}: entered earlier, or bought, than our entry says`,
    `unchanged  ${report.unchanged}: have an entry`,
    `merged     ${merged.length}: people with several rows`,
    ...examples(
      merged.map(
        (one) =>
          `${one.email}, ${one.funnel}: rows ${one.rows.slice(0, 8).join(', ')}${one.rows.length > 8 ? ', …' : ''}`,
      ),
    ),
    ...(undated === 0 ? [] : [`undated    ${undated} rows: dated by their purchase, or as entered now`]),
    ...(report.erased === 0 ? [] : [`erased     ${report.erased}: left out, as they wished`]),
    `left out   ${skipped.length} rows`,
    ...SKIP_REASONS.flatMap((reason) => {
      const found = skipped.filter((one) => one.reason === reason);
      return found.length === 0 ? [] : [`  ${found.length} ${reason}: ${MEANING[reason]}`];
    }),
    ...examples(
      skipped.map(
        ({ id, email, funnel }) => `row ${id}: "${visibleText(email ?? '')}", "${visibleText(funnel)}"`,
      ),
    ),
    '',
    written ? 'Written.' : 'Nothing was written; --yes imports.',
  ].join('\n');
}

function examples(lines: readonly string[]): readonly string[] {
  const more = lines.length - EXAMPLES;
  return [
    ...lines.slice(0, EXAMPLES).map((line) => `    ${line}`),
    ...(more > 0 ? [`    … and ${more} more; --json has all`] : []),
  ];
}
