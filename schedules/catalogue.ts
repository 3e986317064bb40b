import { cron, defineSchedule, every, rrule } from './define.ts';
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

export const leadScoring = defineSchedule({
  id: 'lead-scoring',
  // Of each full hour, and beside what starts in its first minute.
  when: every('1h', { offset: '1m' }),
  timezone: 'UTC',
  start: { workflow: 'leadScoring', args: [{}] },
  overlap: 'skip',
  // A run scores every hour that is missing, one after the other.
  catchUp: 'latest',
  catchUpWithin: '6h',
  backlog: { after: '2h', batch: '1h' },
  note: 'Scores leads by what they did in the last 24 hours.',
});

export const hotLeadCheck = ({ sales, reportTimezone }: CatalogueSettings) =>
  defineSchedule({
    id: 'hot-lead-check',
    when: rrule('FREQ=HOURLY;BYHOUR=9,10,11,12,13,14,15,16,17;BYDAY=MO,TU,WE,TH,FR'),
    timezone: sales?.timezone ?? reportTimezone,
    start: { workflow: 'hotLeadCheck', args: [{}] },
    overlap: 'skip',
    // Nobody is told at night because workers were down in the afternoon; the next morning makes up for it.
    catchUp: 'latest',
    catchUpWithin: '1h',
    note: 'Tells sales of leads that became hot.',
  });

export const marketingReport = ({ reportTimezone }: CatalogueSettings) =>
  defineSchedule({
    id: 'marketing-report',
    when: cron('0 8 * * *'),
    timezone: reportTimezone,
    start: { workflow: 'marketingReport', args: [{}] },
    overlap: 'skip',
    // A run records the days before its own, too, so one makes up for several; older reports are news no more.
    catchUp: 'latest',
    catchUpWithin: '2d',
    note: 'Keeps what happened yesterday and mails it with the week before beside it.',
  });

export const campaignReview = ({ reportTimezone }: CatalogueSettings) =>
  defineSchedule({
    id: 'campaign-review',
    when: rrule('FREQ=WEEKLY;BYDAY=MO;BYHOUR=9'),
    timezone: reportTimezone,
    start: { workflow: 'campaignReview', args: [{}] },
    overlap: 'skip',
    catchUp: 'latest',
    catchUpWithin: '6d',
    note: 'Keeps how funnels, journeys and campaigns did last week and mails it.',
  });

/** None without a quiz database. */
export const quiz = ({ quiz: own }: CatalogueSettings) => {
  if (own?.databaseUrl === undefined) return [];
  const { timezone, reminderHour, reportDay, reportHour } = own;
  return [
    defineSchedule({
      id: 'quiz-reminders',
      when: cron(`0 ${reminderHour} * * *`),
      timezone,
      start: { workflow: 'quizReminders', args: [{ group: 'default_time' }] },
      // A run may wait for the morning with what is late; nobody gets two, whatever overlaps.
      overlap: 'allowAll',
      catchUp: 'latest',
      catchUpWithin: '1d',
      note: 'Reminds users of the quiz who have stayed away.',
    }),
    defineSchedule({
      id: 'quiz-reminders-own-time',
      when: every('15m'),
      timezone: 'UTC',
      start: { workflow: 'quizReminders', args: [{ group: 'own_time' }] },
      overlap: 'allowAll',
      // Each quarter of an hour has people of its own.
      catchUp: 'all',
      catchUpWithin: '1d',
      note: 'The same for those who have chosen a time or a zone, when it is their time.',
    }),
    defineSchedule({
      id: 'quiz-monthly-report',
      when: cron(`0 ${reportHour} ${reportDay} * *`),
      timezone,
      start: { workflow: 'quizMonthlyReport', args: [{}] },
      overlap: 'allowAll',
      catchUp: 'latest',
      catchUpWithin: '3d',
      note: 'Tells users of the quiz about their month.',
    }),
  ];
};

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

export const artefactPrune = defineSchedule({
  id: 'artefact-prune',
  when: cron('20 4 * * *'),
  timezone: 'UTC',
  start: { workflow: 'artefactPrune' },
  overlap: 'skip',
  catchUp: 'latest',
  catchUpWithin: '2d',
  note: 'Deletes files of reports whose time is over.',
});

export const reportsSync = defineSchedule({
  id: 'reports-sync',
  // Beside the second in which most schedules start.
  when: every('1m', { offset: '40s' }),
  timezone: 'UTC',
  start: { workflow: 'reportSync' },
  overlap: 'skip',
  catchUp: 'skip',
  note: 'Brings the schedules of reports in line with their rows after a crash or a change by hand.',
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
