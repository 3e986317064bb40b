import {
  branch,
  defineJourney,
  emit,
  send,
  split,
  update,
  wait,
  waitFor,
} from '../../../domain/journeys/build.ts';

/** Every kind of step, an experiment with a holdout among them. */
export const welcome = defineJourney({
  id: 'welcome',
  version: 1,
  steps: [
    split(
      'welcome-mail',
      { short: 50, long: 40, holdout: 10 },
      { short: [send('welcome-short')], long: [send('welcome-long')] },
    ),
    waitFor('mail.clicked', {
      timeout: '48h',
      // oxlint-disable-next-line unicorn/no-thenable -- steps, never awaited
      then: [update({ fields: { interested: true }, brevo: { attributes: { INTERESTED: true } } })],
      otherwise: [wait({ localTime: '09:00', weekdays: [1, 2, 3, 4, 5] }), send('welcome-reminder')],
    }),
    branch(
      { field: 'interested', op: 'eq', value: true },
      { yes: [emit('lead.interested')], no: [wait('24h'), send('welcome-last')] },
    ),
  ],
  exitOn: ['lead.booked'],
  reEntry: { every: '30d' },
  goal: 'lead.booked',
});
