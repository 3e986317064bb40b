import { defineJourney, send } from '../build.ts';

/** Somebody opted in: the invitation to take the assessment, at once. */
export const newLeadHandler = defineJourney({
  id: 'new-lead-handler',
  version: 1,
  steps: [send('nurture-invitation', { fresh: '7d' })],
  exitOn: ['mail.unsubscribed', 'mail.hard_bounced', 'mail.complained'],
  reEntry: 'never',
  goal: 'lead.assessment_complete',
});
