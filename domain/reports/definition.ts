import { createHash } from 'node:crypto';
import type { ParameterDefinition } from './parameters.ts';

/** When a report runs; local times are those of its zone. The words of schedules/define.ts. */
export type ReportWhen =
  /** A crontab line of five fields, or of seven with seconds in front and a year behind. */
  | { readonly cron: string }
  /** Elapsed time, `15m`; at multiples of it since 1970 in UTC, moved by `offset`. */
  | { readonly every: string; readonly offset?: string }
  /** RFC 5545. */
  | { readonly rrule: string }
  /** `2026-12-01T09:00` in the report's zone, or an instant `2026-12-01T08:00:00Z`. */
  | { readonly once: string };

export const REPORT_FORMATS = ['xlsx', 'csv', 'pdf', 'html'] as const;
/** `html`: the first rows in the mail itself. */
export type ReportFormat = (typeof REPORT_FORMATS)[number];

export const EMPTY_POLICIES = ['send', 'skip', 'notice'] as const;
/** Of a result without rows. `send`: as any other. `skip`: no mail. `notice`: a mail that says so, without files. */
type EmptyPolicy = (typeof EMPTY_POLICIES)[number];

export const COMPARISONS = ['>', '>=', '<', '<=', '=', '!='] as const;
export type Comparison = (typeof COMPARISONS)[number];

/** What makes a report an alert. */
export type ReportTest =
  /** A column's value, as a number where `to` is one, else as text; of the first row, or of any row. */
  | {
      readonly kind: 'value';
      readonly column: string;
      readonly rows: 'first' | 'any';
      readonly is: Comparison;
      readonly to: number | string;
    }
  | { readonly kind: 'rowCount'; readonly is: Comparison; readonly to: number }
  /** The rows differ from those of the last run. */
  | { readonly kind: 'changed' };

export interface ReportCondition {
  readonly test: ReportTest;
  /** `once`: when it begins to hold. `every`: at each run at which it holds. */
  readonly alert: 'once' | 'every';
  /** With `once`: again after so long though it never ceased to hold; a span such as `12h`. */
  readonly rearmAfter?: string;
  /** It ceases to hold only when the test with this in place of `to` fails, so that a value on the edge does not alert again and again. */
  readonly until?: number;
  /** Whether a mail says that it holds no longer. */
  readonly recovered: boolean;
}

/** A query that is run on a schedule and delivered. Plain data; what is wrong with it, `checkDefinition` finds. */
export interface ReportDefinition {
  /** Lower case words joined by hyphens, at most 100; its schedule is `report-<id>`. */
  readonly id: string;
  readonly name: string;
  readonly description: string;
  /** A name in REPORT_CONNECTIONS. */
  readonly connection: string;
  readonly query: string;
  readonly parameters: readonly ParameterDefinition[];
  readonly when: ReportWhen;
  /** IANA zone of its times, of its dynamic dates and of the dates in its subject. */
  readonly timezone: string;
  /** Of times that passed without a run, as for all schedules. */
  readonly catchUp: 'skip' | 'latest' | 'all';
  /** A span such as `1d`; what was missed longer ago is not made up. */
  readonly catchUpWithin: string;
  /** Canonical addresses; each gets a mail of its own. */
  readonly recipients: readonly string[];
  /** The same mail, marked as a copy. */
  readonly cc: readonly string[];
  /** `{name}`, `{date}` or `{date:dd.MM.yyyy}` (subject.ts). */
  readonly subject: string;
  readonly formats: readonly ReportFormat[];
  readonly csv: { readonly bom: boolean; readonly delimiter: ',' | ';' | '\t' | '|' };
  /** Texts that a spreadsheet would take for a formula are made harmless. */
  readonly formulaSafe: boolean;
  readonly onEmpty: EmptyPolicy;
  /** Unset: every run is delivered. */
  readonly condition?: ReportCondition;
  /** Of the files; `bytes` of each one. */
  readonly caps: { readonly rows: number; readonly bytes: number };
  /** For the query, until its last row has come. */
  readonly timeoutSeconds: number;
  /** Canonical address; told of failures. */
  readonly owner: string;
  /** Its schedule is paused after so many failed runs in a row. Unset: never. */
  readonly pauseAfterFailures?: number;
  /** Files and the history of runs are kept for so long. */
  readonly keepDays: number;
}

/** What a definition has that does not say otherwise. */
export const REPORT_DEFAULTS = {
  description: '',
  parameters: [],
  catchUp: 'latest',
  catchUpWithin: '1d',
  cc: [],
  subject: '{name} {date}',
  formats: ['xlsx'],
  csv: { bom: true, delimiter: ',' },
  formulaSafe: true,
  onEmpty: 'send',
  caps: { rows: 1_000_000, bytes: 200_000_000 },
  timeoutSeconds: 300,
  pauseAfterFailures: 5,
  keepDays: 90,
} as const satisfies Partial<ReportDefinition>;

/** Id of the workflow's schedule in the production profile, and the base of its runs' workflow ids. */
export function reportScheduleId(id: string): string {
  return `report-${id}`;
}

/** SHA-256 of the definition's canonical JSON, hex: equal exactly when the definitions are. */
export function reportHash(definition: ReportDefinition): string {
  return createHash('sha256').update(canonicalJson(definition)).digest('hex');
}

/** JSON with the names of every object in order. */
function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_, part: unknown) =>
    typeof part === 'object' && part !== null && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).toSorted(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  );
}
