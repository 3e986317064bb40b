/** The funnels, in the order in which reports list them. Also the values of Brevo's FUNNEL_TYPE attribute. */
export const FUNNEL_TYPES = ['language', 'non_language'] as const;
export type FunnelType = (typeof FUNNEL_TYPES)[number];
