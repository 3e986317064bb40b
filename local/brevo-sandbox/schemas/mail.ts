import { z } from 'zod';
import { canonicalEmail, isEmailAddress } from '../contacts/email-address.ts';
import { offset, queryNumber, sort } from './fields.ts';

/** Bodies and queries of `/smtp`, restated from Brevo's public API v3 reference. */

const address = z.string().refine((text) => isEmailAddress(canonicalEmail(text)));
const person = z.looseObject({ email: address, name: z.string().max(70).optional() });
const people = z.array(person).min(1).max(99);
const params = z.record(z.string(), z.unknown());

const sender = z.looseObject({
  email: address.optional(),
  id: z.number().int().positive().optional(),
  name: z.string().max(70).optional(),
});

const attachment = z.looseObject({
  url: z.string().optional(),
  content: z.string().optional(),
  name: z.string().optional(),
});

const mailHeaders = z.record(z.string(), z.string());

const messageVersion = z.looseObject({
  to: people,
  cc: z.array(person).optional(),
  bcc: z.array(person).optional(),
  replyTo: person.optional(),
  subject: z.string().optional(),
  htmlContent: z.string().optional(),
  textContent: z.string().optional(),
  params: params.optional(),
  headers: mailHeaders.optional(),
});

export const sendMail = z.looseObject({
  sender: sender.optional(),
  to: people.optional(),
  cc: z.array(person).optional(),
  bcc: z.array(person).optional(),
  replyTo: person.optional(),
  subject: z.string().optional(),
  htmlContent: z.string().optional(),
  textContent: z.string().optional(),
  templateId: z.number().int().positive().optional(),
  params: params.optional(),
  headers: mailHeaders.optional(),
  tags: z.array(z.string()).optional(),
  attachment: z.array(attachment).optional(),
  messageVersions: z.array(messageVersion).min(1).max(1_000).optional(),
  scheduledAt: z
    .string()
    .refine((text) => !Number.isNaN(Date.parse(text)))
    .optional(),
  batchId: z.uuid().optional(),
});
export type SendMail = z.output<typeof sendMail>;

export const listMails = z.looseObject({
  email: z.string().optional(),
  templateId: z.coerce.number().int().optional(),
  messageId: z.string().optional(),
  sort,
  limit: queryNumber({ least: 1, most: 1_000, standard: 500 }),
  offset,
});

const STATISTIC_EVENTS = [
  'requests',
  'delivered',
  'hardBounces',
  'softBounces',
  'bounces',
  'opened',
  'clicks',
  'spam',
  'invalid',
  'deferred',
  'blocked',
  'unsubscribed',
  'error',
  'loadedByProxy',
] as const;

export const mailStatistics = z.looseObject({
  tags: z.string().optional(),
  messageId: z.string().optional(),
  email: z.string().optional(),
  templateId: z.coerce.number().int().optional(),
  event: z.enum(STATISTIC_EVENTS).optional(),
  days: z.coerce.number().int().min(1).max(90).optional(),
  sort,
  limit: queryNumber({ least: 1, most: 5_000, standard: 2_500 }),
  offset,
});

export const pageOfBlocked = z.looseObject({
  limit: queryNumber({ least: 1, most: 100, standard: 50 }),
  offset,
});
export const pageOfTemplates = z.looseObject({
  limit: queryNumber({ least: 1, most: 1_000, standard: 50 }),
  offset,
});

export const createTemplate = z.looseObject({
  templateName: z.string().min(1),
  subject: z.string().min(1),
  htmlContent: z.string().min(10),
  sender,
  isActive: z.boolean().default(false),
  tag: z.string().default(''),
  replyTo: z.string().default(''),
});
