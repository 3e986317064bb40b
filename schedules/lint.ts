import { clockChanges } from './lint/clock-changes.ts';
import { crowdedMinutes } from './lint/crowded-minutes.ts';
import { drift } from './lint/drift.ts';
import type { Check, Finding } from './lint/finding.ts';
import { ending, idleExdates, shortHorizon } from './lint/times-to-come.ts';
import type { ResolvedSchedule } from './resolved.ts';

export interface LintInput {
  readonly catalogue: readonly ResolvedSchedule[];
  /** Workflow types of the workers of `taskQueue`; what other queues run is not known. */
  readonly workflows: readonly string[];
  readonly taskQueue: string;
  readonly now: Date;
}

/** What is allowed in a catalogue and probably not meant, schedule by schedule, crowded minutes last. */
export function lintSchedules({ catalogue, workflows, taskQueue, now }: LintInput): readonly Finding[] {
  const seconds = Math.floor(now.getTime() / 1000);
  const checks: readonly Check[] = [
    unknownWorkflow({ workflows, taskQueue }),
    ending,
    clockChanges,
    drift,
    idleExdates,
    shortHorizon,
    unboundedCatchUp,
  ];
  return [
    ...catalogue.flatMap((schedule) => checks.flatMap((check) => check(schedule, seconds))),
    ...crowdedMinutes(catalogue, seconds),
  ];
}

function unknownWorkflow({ workflows, taskQueue }: Pick<LintInput, 'workflows' | 'taskQueue'>): Check {
  return ({ id, workflow, taskQueue: startsOn }) =>
    startsOn !== taskQueue || workflows.includes(workflow)
      ? []
      : [
          {
            rule: 'unknown-workflow',
            ids: [id],
            message: `this version has no workflow ${JSON.stringify(workflow)}, so its runs would wait for ever`,
            hint: `It has ${workflows.join(', ')}. For a worker of your own name its queue in start.taskQueue.`,
          },
        ];
}

const unboundedCatchUp: Check = ({ id, catchUp, overlap, catchUpAtMost }) =>
  catchUp !== 'all' || overlap !== 'allowAll'
    ? []
    : [
        {
          rule: 'unbounded-catch-up',
          ids: [id],
          message: `catchUp 'all' with overlap 'allowAll' starts up to ${catchUpAtMost} missed runs side by side`,
          hint: "overlap 'bufferAll' takes them one after the other; catchUp 'latest' makes up for all by one.",
        },
      ];
