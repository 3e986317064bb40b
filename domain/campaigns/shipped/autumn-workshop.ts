import { defineCampaign } from '../definition.ts';

/** An example that mails nobody by accident: only who is known to be interested in workshops. */
export const autumnWorkshop = defineCampaign({
  id: 'autumn-workshop',
  about: 'Two more dates for the workshop, to whoever asked for workshops',
  template: 'campaign-plain',
  params: {
    headline: 'Two new dates for the autumn workshop',
    body_text:
      'The first workshop was full within a week, so there are two more: 12 October and 9 November, both from 9:00 to 13:00.\n\nYou bring one process that annoys you. You leave with a version of it that you can try the next morning.',
    link: 'https://example.com/workshop',
    link_text: 'See the programme',
  },
  audience: { field: 'interest', op: 'eq', value: 'workshop' },
  send: { at: '09:00', zone: 'recipient' },
  window: { from: '08:00', to: '20:00' },
  rate: { most: 20, per: 'second' },
  cap: { most: 3, inHours: 168 },
  arms: {
    plain: { weight: 45, params: { subject_line: 'Two new dates for the autumn workshop' } },
    question: { weight: 45, params: { subject_line: 'Which process annoys you most?' } },
    holdout: { weight: 10 },
  },
  isManual: true,
});
