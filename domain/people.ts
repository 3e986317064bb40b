/** Whether a person agreed to marketing mail. `unknown`: nobody asked. */
export const CONSENTS = ['unknown', 'opted_in', 'withdrawn'] as const;
export type Consent = (typeof CONSENTS)[number];

/** Why an address must not be mailed. */
export const SUPPRESSION_REASONS = [
  'unsubscribed',
  'hard_bounce',
  'complaint',
  'erased',
  'blocked',
  'operator',
] as const;
export type SuppressionReason = (typeof SUPPRESSION_REASONS)[number];
