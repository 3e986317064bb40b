import { branch, defineJourney, notify, send, wait } from '../build.ts';

const HOT = 'A critical assessment came in';

/**
 * Somebody completed the assessment: four mails in a week. Which ones follows from the marks at the second mail; an
 * assessment that is taken again before it counts, later ones only change what the mails say.
 */
export const nurtureOnAssessment = defineJourney({
  id: 'nurture-on-assessment',
  version: 1,
  steps: [
    branch('segment', { critical: [notify('sales', HOT)], urgent: [], optimize: [] }, { id: 'alert' }),
    wait({ sinceStart: '24h' }),
    branch(
      'segment',
      {
        critical: [send('nurture-2-critical')],
        urgent: [send('nurture-2-urgent')],
        optimize: [send('nurture-2-optimize')],
      },
      { id: 'segment', remember: 'segment' },
    ),
    wait({ sinceStart: '72h' }),
    send('nurture-3'),
    wait({ sinceStart: '120h' }),
    send('nurture-4'),
    wait({ sinceStart: '168h' }),
    branch(
      'segment',
      {
        critical: [send('nurture-5-critical')],
        urgent: [send('nurture-5-urgent')],
        optimize: [send('nurture-5-optimize')],
      },
      { id: 'last-by-segment', remember: 'segment' },
    ),
  ],
  whenever: {
    'lead.assessment_complete': [
      branch(
        'segment',
        { critical: [notify('sales', HOT)], urgent: [], optimize: [] },
        { id: 'alert-again' },
      ),
    ],
  },
  exitOn: [
    'lead.booked',
    'lead.converted',
    'certificate.bought',
    'mail.unsubscribed',
    'mail.hard_bounced',
    'mail.complained',
  ],
  reEntry: 'afterExit',
  goal: 'lead.booked',
});
