import type { Client } from '@temporalio/client';
import type { TemporalSpec } from '../../schedules/recurrence/spec.ts';
import { rawTime } from '../../schedules/server/encode.ts';
import { toProto } from '../../schedules/server/proto.ts';

/** The server gives so many at a time. */
const PAGE = 1000;

export interface MatchingTimesQuery {
  readonly scheduleId: string;
  /** Instants in seconds, the first excluded, the last included. */
  readonly after: number;
  readonly until: number;
}

/** What the server will do: the instants of a schedule, in seconds, as it lists them itself. */
export async function matchingTimes(
  client: Client,
  { scheduleId, after, until }: MatchingTimesQuery,
): Promise<number[]> {
  const found: number[] = [];
  for (let from = after; ; ) {
    const { startTime } = await client.workflowService.listScheduleMatchingTimes({
      namespace: client.options.namespace,
      scheduleId,
      startTime: rawTime(from * 1000),
      endTime: rawTime(until * 1000),
    });
    const page = (startTime ?? []).map(({ seconds }) => Number(seconds));
    found.push(...page);
    const last = page.at(-1);
    if (last === undefined || page.length < PAGE) return found;
    from = last;
  }
}

/** A paused schedule that nobody runs, with nothing but its spec. */
export async function createPaused(
  client: Client,
  { scheduleId, spec }: { readonly scheduleId: string; readonly spec: TemporalSpec },
): Promise<void> {
  await client.workflowService.createSchedule({
    namespace: client.options.namespace,
    scheduleId,
    requestId: scheduleId,
    schedule: {
      spec: toProto(spec),
      action: {
        startWorkflow: {
          workflowId: scheduleId,
          workflowType: { name: 'none' },
          taskQueue: { name: 'none' },
        },
      },
      state: { paused: true },
    },
  });
}
