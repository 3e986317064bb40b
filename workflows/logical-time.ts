import { defineSearchAttributeKey, SearchAttributeType } from '@temporalio/common';
import { workflowInfo } from '@temporalio/workflow';
import { wholeSecond } from '../domain/whole-second.ts';

const SCHEDULED_START = defineSearchAttributeKey('TemporalScheduledStartTime', SearchAttributeType.DATETIME);
const SCHEDULED_BY = defineSearchAttributeKey('TemporalScheduledById', SearchAttributeType.KEYWORD);

/**
 * The time as of which a run works, whole seconds, ISO 8601 in UTC: what the caller asked for, else the time the
 * schedule meant (also when it is late, caught up or backfilled), else the start. Sources write whole seconds, so a
 * fraction would hide what happens within the same second.
 */
export function logicalTime(asked: string | undefined): string {
  const { typedSearchAttributes, startTime } = workflowInfo();
  const at =
    asked === undefined ? (typedSearchAttributes.get(SCHEDULED_START) ?? startTime) : new Date(asked);
  return wholeSecond(at).toISOString();
}

/** The schedule that started this run, and the time that it meant, as `logicalTime` has it; undefined: none did. */
export function scheduledFor(): { readonly scheduleId: string; readonly slot: string } | undefined {
  const { typedSearchAttributes } = workflowInfo();
  const scheduleId = typedSearchAttributes.get(SCHEDULED_BY);
  const at = typedSearchAttributes.get(SCHEDULED_START);
  return scheduleId === undefined || at === undefined
    ? undefined
    : { scheduleId, slot: wholeSecond(at).toISOString() };
}
