import type { AppliedSchedule, Outcome } from '../../schedules/apply.ts';
import type { Change } from '../../schedules/compare.ts';
import { isPending, type PlannedSchedule } from '../../schedules/plan.ts';
import { visibleText } from '../visible-text.ts';

type Word = PlannedSchedule['action'] | Outcome;

const SIGNS: Readonly<Record<Word, string>> = {
  create: '+',
  created: '+',
  update: '~',
  updated: '~',
  rename: '»',
  renamed: '»',
  delete: '-',
  deleted: '-',
  unchanged: ' ',
  finished: ' ',
  foreign: '!',
  failed: '!',
};
/** Long enough for a rule, short enough for a line. */
const SHOWN_VALUE = 120;

interface Line {
  readonly id: string;
  readonly word: Word;
  readonly changes: readonly Change[];
  readonly from?: string;
  readonly error?: string;
}

export function planJson(plan: readonly PlannedSchedule[]): unknown {
  return {
    pending: plan.filter(isPending).length,
    schedules: plan.map((planned) => ({
      id: planned.id,
      action: planned.action,
      ...formerId(planned),
      changes: planned.changes,
    })),
  };
}

export function describePlan(plan: readonly PlannedSchedule[]): string {
  return describe(
    plan.map((planned) => ({
      id: planned.id,
      word: planned.action,
      changes: planned.changes,
      ...formerId(planned),
    })),
  );
}

function formerId(planned: PlannedSchedule): { readonly from?: string } {
  return planned.action === 'rename' ? { from: planned.from } : {};
}

export function describeApplied(applied: readonly AppliedSchedule[]): string {
  return describe(applied.map(({ outcome, ...rest }) => ({ ...rest, word: outcome })));
}

/** What stays as it is, is only counted. */
function describe(lines: readonly Line[]): string {
  const counts = [...Map.groupBy(lines, ({ word }) => word)].map(([word, { length }]) => `${length} ${word}`);
  const shown = lines.filter(({ word }) => word !== 'unchanged');
  return [
    ...shown.flatMap(({ id, word, changes, from, error }) => [
      `${SIGNS[word]} ${word.padEnd(9)} ${id}${from === undefined ? '' : `, before ${from}`}`,
      ...(error === undefined ? [] : [`      ${visibleText(error, { most: 300 })}`]),
      ...changes.map(changeText),
    ]),
    counts.join(', ') || 'the catalogue is empty, and so is the server',
  ].join('\n');
}

function changeText({ field, old, new: wanted }: Change): string {
  return `      ${field}: ${old === '' ? '' : `${valueText(old)} → `}${valueText(wanted)}`;
}

function valueText(value: string): string {
  return visibleText(value, { most: SHOWN_VALUE });
}

/** Names schedules that are in the catalogue and somebody else's on the server. */
export function complainOfForeign(ids: readonly string[]): void {
  for (const id of ids) {
    process.stderr.write(
      `sluice: ${id}: a schedule of this id is there that is not Sluice's, or of another profile or task queue; it stays as it is\n`,
    );
  }
}
