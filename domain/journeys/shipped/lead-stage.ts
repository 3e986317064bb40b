import { branch, defineJourney, update } from '../build.ts';

/** Whatever is heard of a lead: how far the person has come is kept as a field, for branches and segments. */
export const leadStage = defineJourney({
  id: 'lead-stage',
  version: 1,
  steps: [
    branch(
      { field: 'red', op: 'known' },
      {
        yes: [update({ fields: { stage: 'assessed' } }, { id: 'assessed' })],
        no: [update({ fields: { stage: 'opted in' } }, { id: 'opted-in' })],
      },
      { id: 'assessment' },
    ),
  ],
  reEntry: 'afterExit',
});
