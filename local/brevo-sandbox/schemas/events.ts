import { z } from 'zod';
import { attributeMap, instant, offset, queryNumber } from './fields.ts';

/** Bodies of `/events` and `/webhooks`, restated from Brevo's public API v3 reference. */

const identifier = z.union([z.string().min(1), z.number().int()]).optional();

export const createEvent = z.looseObject({
  event_name: z.string().regex(/^[A-Za-z0-9_-]{1,255}$/),
  event_date: z.string().optional(),
  identifiers: z.looseObject({
    email_id: z.string().optional(),
    ext_id: z.string().optional(),
    contact_id: z.number().int().optional(),
    phone_id: z.string().optional(),
    whatsapp_id: identifier,
    landline_number_id: identifier,
  }),
  event_properties: attributeMap.optional(),
  contact_properties: attributeMap.optional(),
});
export type CreateEvent = z.output<typeof createEvent>;

export const createEvents = z.looseObject({ events: z.array(z.unknown()).min(1).max(200) });

export const listEvents = z.looseObject({
  contact_id: z.coerce.number().int().optional(),
  event_name: z.union([z.string(), z.array(z.string())]).optional(),
  startDate: instant.optional(),
  endDate: instant.optional(),
  limit: queryNumber({ least: 1, most: 10_000, standard: 100 }),
  offset,
});

export const TRANSACTIONAL_SUBSCRIPTIONS = [
  'sent',
  'request',
  'delivered',
  'deferred',
  'click',
  'blocked',
  'invalid',
  'hardBounce',
  'softBounce',
  'spam',
  'opened',
  'uniqueOpened',
  'proxyOpen',
  'uniqueProxyOpen',
  'unsubscribed',
  'error',
] as const;

export const MARKETING_SUBSCRIPTIONS = [
  'spam',
  'opened',
  'click',
  'hardBounce',
  'softBounce',
  'delivered',
  'unsubscribed',
  'listAddition',
  'contactUpdated',
  'contactDeleted',
] as const;

const webhookFields = {
  url: z.url({ protocol: /^https?$/ }),
  events: z.array(z.string()).min(1),
  description: z.string(),
  batched: z.boolean(),
  auth: z.looseObject({ type: z.literal('bearer'), token: z.string().min(1) }),
  headers: z.array(z.looseObject({ key: z.string().min(1), value: z.string() })),
};

export const createWebhook = z.looseObject({
  url: webhookFields.url,
  type: z.enum(['transactional', 'marketing']).default('transactional'),
  events: webhookFields.events,
  description: webhookFields.description.default(''),
  batched: webhookFields.batched.default(false),
  auth: webhookFields.auth.optional(),
  headers: webhookFields.headers.default([]),
});

export const updateWebhook = z.looseObject({
  url: webhookFields.url.optional(),
  events: webhookFields.events.optional(),
  description: webhookFields.description.optional(),
  batched: webhookFields.batched.optional(),
  auth: webhookFields.auth.optional(),
  headers: webhookFields.headers.optional(),
});

export const listWebhooks = z.looseObject({
  type: z.enum(['transactional', 'marketing']).default('transactional'),
});
