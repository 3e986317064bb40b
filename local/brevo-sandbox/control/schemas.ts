import { z } from 'zod';
import { MESSAGE_EVENTS, type MessageEventName } from '../mail/message-events.ts';
import { createAttribute } from '../schemas/contacts.ts';
import { attributeMap, listIds } from '../schemas/fields.ts';

/** Bodies and queries of the control API. */

const eventNames = Object.keys(MESSAGE_EVENTS) as [MessageEventName, ...MessageEventName[]];

/** One or several events of one mail; `duplicate` posts each so many times more, `reorder` posts them backwards. */
export const triggerSchema = z.strictObject({
  events: z.array(z.enum(eventNames)).min(1),
  /** One of the mail's recipients; all of them when left out. */
  email: z.string().optional(),
  reason: z.string().optional(),
  link: z.string().optional(),
  duplicate: z.number().int().min(0).max(20).default(0),
  reorder: z.boolean().default(false),
});

/** An event of a marketing campaign, to contacts of this sandbox. */
export const campaignEventSchema = z.strictObject({
  event: z.enum(['delivered', 'opened', 'click', 'hardBounce', 'softBounce', 'spam', 'unsubscribed']),
  email: z.string(),
  campaignId: z.number().int().default(1),
  campaignName: z.string().default('Campaign'),
  reason: z.string().optional(),
  link: z.string().optional(),
});

export const seedSchema = z.strictObject({
  folders: z.array(z.strictObject({ name: z.string() })).default([]),
  /** A list with an id that is in use is left as it is. */
  lists: z
    .array(
      z.strictObject({
        id: z.number().int().positive().optional(),
        name: z.string(),
        folderId: z.number().int().positive().default(1),
      }),
    )
    .default([]),
  attributes: z
    .array(
      z.strictObject({
        name: z.string(),
        category: z.enum(['normal', 'transactional', 'category', 'calculated', 'global']).default('normal'),
        type: createAttribute.shape.type,
        enumeration: z.array(z.strictObject({ value: z.number().int(), label: z.string() })).optional(),
        multiCategoryOptions: z.array(z.string()).optional(),
      }),
    )
    .default([]),
  contacts: z
    .array(
      z.strictObject({
        email: z.string(),
        attributes: attributeMap.optional(),
        listIds: listIds.optional(),
        emailBlacklisted: z.boolean().optional(),
        smsBlacklisted: z.boolean().optional(),
      }),
    )
    .default([]),
  senders: z.array(z.strictObject({ name: z.string(), email: z.string() })).default([]),
});

const flag = z.enum(['true', 'false']).transform((text) => text === 'true');

/** Filters of the ledger; the newest `limit` entries that pass, in order. */
export const ledgerQuerySchema = z.strictObject({
  method: z.string().optional(),
  route: z.string().optional(),
  email: z.string().trim().toLowerCase().optional(),
  accepted: flag.optional(),
  status: z.coerce.number().int().optional(),
  fault: z.string().optional(),
  /** Only entries after this sequence. */
  after: z.coerce.number().int().min(0).optional(),
  limit: z.coerce.number().int().min(1).max(100_000).default(1_000),
});
export type LedgerQuery = z.output<typeof ledgerQuerySchema>;

export const keysSchema = z.strictObject({ keys: z.array(z.string().min(1)) });
export const clockSchema = z.strictObject({ advanceMs: z.number().int().positive() });

export type SeedInput = z.input<typeof seedSchema>;
export type TriggerInput = z.input<typeof triggerSchema>;
export type CampaignEventInput = z.input<typeof campaignEventSchema>;
