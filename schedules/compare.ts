import type { ResolvedSchedule } from './resolved.ts';
import type { ServerSchedule } from './server/describe.ts';
import type { Action, OperatorState, Policies } from './server/encode.ts';
import { keptExceptions } from './server/exception-entries.ts';
import { sameSpec } from './server/same-spec.ts';
import type { ScheduleContents } from './server/settle.ts';
import { differingSpecWords } from './server/spec-words.ts';
import { spanText } from './span.ts';
import { type Target, targetOf } from './target.ts';

/** One field in which the server differs from the catalogue, in words. */
export interface Change {
  readonly field: string;
  readonly old: string;
  readonly new: string;
}

/** Contents as the catalogue has them. */
type DeclaredContents = ScheduleContents & { readonly action: Action };

/**
 * The server's own downtime; longer gaps, of whatever cause, are made up for by one rule of ours, which waits two minutes.
 * More than a minute: of a hundred schedules due in one second, a service with several partitions of a task queue starts
 * some 65 s late, because a partition that nobody asks is looked through when the polls of the others have ended.
 */
const CATCHUP_WINDOW_MS = 100_000;

export interface Comparison {
  readonly target: Target;
  /** None: nothing to do. */
  readonly changes: readonly Change[];
  /** What to write, the operator's state and exceptions in it. */
  readonly contents: DeclaredContents;
}

/** Compares a catalogue entry with what the server holds. What belongs to the operator is never a difference. */
export function compare(
  schedule: ResolvedSchedule,
  { held, now }: { readonly held: ServerSchedule; readonly now: Date },
): Comparison {
  const target = targetOf(schedule, { held: held.spec, now });
  const contents: DeclaredContents = {
    spec: target.spec,
    exceptions: keptExceptions(held.exceptions, { now }),
    action: actionOf(schedule),
    policies: policiesOf(schedule),
    state: operatorState(schedule, held),
  };
  return { target, contents, changes: changesOf({ held, contents, target }) };
}

/** What to make where there is nothing, with the state and exceptions of a predecessor if it had one. */
export function newContents(
  schedule: ResolvedSchedule,
  { former, now }: { readonly former: ServerSchedule | undefined; readonly now: Date },
): DeclaredContents {
  return {
    spec: targetOf(schedule, { held: undefined, now }).spec,
    exceptions: keptExceptions(former?.exceptions ?? [], { now }),
    action: actionOf(schedule),
    policies: policiesOf(schedule),
    state:
      former === undefined
        ? { paused: schedule.startPaused, note: schedule.note, remainingActions: undefined }
        : operatorState(schedule, former),
  };
}

function operatorState(schedule: ResolvedSchedule, held: ServerSchedule): OperatorState {
  return {
    paused: held.paused,
    // Still the note that a catalogue gave it: then it follows the catalogue.
    note: held.note === (held.action.summary ?? '') ? schedule.note : held.note,
    remainingActions: held.remainingActions,
  };
}

function actionOf(schedule: ResolvedSchedule): Action {
  return {
    workflow: schedule.workflow,
    workflowId: schedule.id,
    taskQueue: schedule.taskQueue,
    args: schedule.args,
    summary: schedule.note,
  };
}

function policiesOf({ overlap, pauseAfterFailures }: ResolvedSchedule): Policies {
  // Temporal itself counts to one only.
  return { overlap, catchupWindow: CATCHUP_WINDOW_MS, pauseOnFailure: pauseAfterFailures === 1 };
}

function changesOf({
  held,
  contents: { spec, action, policies },
  target,
}: {
  readonly held: ServerSchedule;
  readonly contents: DeclaredContents;
  readonly target: Target;
}): readonly Change[] {
  const changes: Change[] = [];
  const differ = (field: string, old: string, wanted: string) => {
    if (old !== wanted) changes.push({ field, old, new: wanted });
  };
  if (target.isRoll) {
    differ('horizon', dayText((held.spec.endAt ?? 0) + 1), dayText(target.until));
  } else if (!sameSpec({ ...held.spec, jitter: 0 }, { ...spec, jitter: 0 })) {
    changes.push({ field: 'when', ...differingSpecWords(held.spec, spec) });
  }
  differ('jitter', spanText(held.spec.jitter), spanText(spec.jitter));
  differ('workflow', held.action.workflow, action.workflow);
  differ('workflow id', held.action.workflowId, action.workflowId);
  differ('task queue', held.action.taskQueue, action.taskQueue);
  differ('args', canonical(held.action.args), canonical(action.args));
  differ('note', held.action.summary ?? '', action.summary ?? '');
  differ('overlap', held.policies.overlap, policies.overlap);
  differ('catch-up window', spanText(held.policies.catchupWindow), spanText(policies.catchupWindow));
  differ('pause on failure', String(held.policies.pauseOnFailure), String(policies.pauseOnFailure));
  for (const setting of held.foreignSettings) differ(setting, 'set by hand', 'not set');
  return changes;
}

/** What the plan says of an entry that is new. */
export function declaredInWords({ whenText, timezone, workflow }: ResolvedSchedule): readonly Change[] {
  return [
    { field: 'when', old: '', new: `${whenText} · ${timezone}` },
    { field: 'workflow', old: '', new: workflow },
  ];
}

/** JSON with its keys in order. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_, part: unknown) =>
    typeof part === 'object' && part !== null && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  );
}

function dayText(at: number | undefined): string {
  return at === undefined ? 'without end' : new Date(at * 1000).toISOString().slice(0, 10);
}
