import { cron, defineSchedule, every } from './define.ts';
import type { CatalogueSettings } from './settings.ts';

/** What runs when: the one place where it is declared. `sluice schedules plan` compares, `sluice schedules apply` tells Temporal. */

export const funnelSync = defineSchedule({
  id: 'funnel-sync',
  when: every('15m'),
  timezone: 'UTC',
  start: { workflow: 'funnelSync', args: [{}] },
  overlap: 'skip',
  // A run takes everything in that is there, whenever it came.
  catchUp: 'latest',
  catchUpWithin: '6h',
  backlog: { after: '2h', batch: '1h' },
  note: 'New test takers into Brevo, purchases back.',
});

export const conversionReport = ({ reportTimezone }: CatalogueSettings) =>
  defineSchedule({
    id: 'conversion-report',
    // After the last run of the day.
    when: cron('15 0 * * *'),
    timezone: reportTimezone,
    start: { workflow: 'conversionReport', args: [{}] },
    overlap: 'skip',
    // A run records every finished day that is not recorded yet, so one makes up for several nights.
    catchUp: 'latest',
    catchUpWithin: '2d',
    note: 'Keeps the daily history of conversions.',
  });

export const scheduleCatchUp = defineSchedule({
  id: 'schedule-catch-up',
  // Beside the minutes in which most schedules start.
  when: every('5m', { offset: '2m' }),
  timezone: 'UTC',
  start: { workflow: 'scheduleCatchUp', args: [{}] },
  overlap: 'skip',
  catchUp: 'skip',
  note: 'Finds times that passed without a run and makes up for them as each schedule says.',
});

export const scheduleHorizon = defineSchedule({
  id: 'schedule-horizon',
  when: cron('40 3 * * *'),
  timezone: 'UTC',
  start: { workflow: 'scheduleHorizon', args: [{}] },
  overlap: 'skip',
  catchUp: 'latest',
  catchUpWithin: '2d',
  note: 'Tells Temporal the times to come of rules that it can only be told time by time.',
});

export const eventRelay = defineSchedule({
  id: 'event-relay',
  // Beside the second in which most schedules start.
  when: every('1m', { offset: '20s' }),
  timezone: 'UTC',
  start: { workflow: 'eventRelay' },
  overlap: 'skip',
  catchUp: 'skip',
  note: 'Starts what accepted events cause and no gateway has started.',
});
