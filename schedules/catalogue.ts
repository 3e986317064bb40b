import type { ScheduleOptions, ScheduleSpec } from '@temporalio/client';

/** What runs when. The one place where a schedule is declared; `sluice schedules apply` tells Temporal. */
export interface ScheduleDefinition {
  readonly id: string;
  readonly spec: ScheduleSpec;
  readonly workflow: string;
  /** Times missed while the Temporal service was down are made up for within this time. */
  readonly catchUpWithin: `${number} hours`;
  /** What the operator reads beside it. */
  readonly note: string;
}

/** @param reportTimezone IANA zone of report days. */
export function scheduleCatalogue({
  reportTimezone,
}: {
  readonly reportTimezone: string;
}): readonly ScheduleDefinition[] {
  return [
    {
      id: 'funnel-sync',
      spec: { intervals: [{ every: '15 minutes' }] },
      workflow: 'funnelSync',
      catchUpWithin: '1 hours',
      note: 'New test takers into Brevo, purchases back.',
    },
    {
      id: 'conversion-report',
      // Quarter past midnight: after the last run of the day, and never inside a clock change of a zone in use.
      spec: { calendars: [{ hour: 0, minute: 15, comment: 'nightly' }], timezone: reportTimezone },
      workflow: 'conversionReport',
      catchUpWithin: '48 hours',
      note: 'Keeps the daily history of conversions.',
    },
  ];
}

/** A run still going makes the next one wait for its own turn: funnels are complete each time, nothing is lost. */
export function scheduleOptions(
  definition: ScheduleDefinition,
  { taskQueue }: { readonly taskQueue: string },
): ScheduleOptions {
  return {
    scheduleId: definition.id,
    spec: definition.spec,
    action: {
      type: 'startWorkflow',
      workflowType: definition.workflow,
      workflowId: definition.id,
      args: [{}],
      taskQueue,
      staticSummary: definition.note,
    },
    policies: { overlap: 'SKIP', catchupWindow: definition.catchUpWithin },
    state: { note: definition.note },
    memo: { managedBy: 'sluice' },
  };
}
