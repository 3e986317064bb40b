import { isOnChange, type Observed } from './condition.ts';
import type { ReportCondition } from './definition.ts';
import type { AlertState } from './run.ts';

/** The last run before this one, by logical time, whose condition was judged. */
export interface JudgedBefore {
  readonly alertState: AlertState;
  readonly digest: string;
  /** Logical time of the last run that alerted. */
  readonly alertedAt: Date | undefined;
}

export interface Judgement {
  readonly alertState: AlertState;
  /** Whether people are told, and of what. */
  readonly tells: 'alert' | 'recovered' | 'nothing';
}

/**
 * What a run's result means for a report that alerts. With `once`, people are told when the condition begins to hold, and
 * again only after `rearmMs`; a first run without a run before it has nothing that it could have changed from.
 * @param asOf logical time of the run
 */
export function judge({
  condition,
  observed,
  before,
  asOf,
  rearmMs,
}: {
  readonly condition: ReportCondition;
  readonly observed: Observed;
  readonly before: JudgedBefore | undefined;
  readonly asOf: Date;
  /** Undefined: never again while it holds. */
  readonly rearmMs: number | undefined;
}): Judgement {
  if (isOnChange(condition.test)) {
    const hasChanged = before !== undefined && before.digest !== observed.digest;
    return hasChanged ? alerted : quiet;
  }
  const wasHolding = before?.alertState === 'alerted' || before?.alertState === 'holding';
  if (!wasHolding) return observed.holds ? alerted : quiet;
  if (!observed.holdsStill) {
    return { alertState: 'recovered', tells: condition.recovered ? 'recovered' : 'nothing' };
  }
  if (condition.alert === 'every' && observed.holds) return alerted;
  const since = before.alertedAt;
  const isRearmed =
    condition.alert === 'once' &&
    rearmMs !== undefined &&
    since !== undefined &&
    asOf.getTime() - since.getTime() >= rearmMs;
  return isRearmed && observed.holds ? alerted : { alertState: 'holding', tells: 'nothing' };
}

const alerted: Judgement = { alertState: 'alerted', tells: 'alert' };
const quiet: Judgement = { alertState: 'quiet', tells: 'nothing' };
