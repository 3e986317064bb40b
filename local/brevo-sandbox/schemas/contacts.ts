import { z } from 'zod';
import { attributeMap, instant, listIds, offset, queryNumber, sort } from './fields.ts';

/** Bodies and queries of `/contacts`, restated from Brevo's public API v3 reference. */

const contactFields = {
  email: z.string().optional(),
  ext_id: z.string().min(1).optional(),
  attributes: attributeMap.optional(),
  listIds: listIds.optional(),
  emailBlacklisted: z.boolean().optional(),
  smsBlacklisted: z.boolean().optional(),
  smtpBlacklistSender: z.array(z.string()).optional(),
};

export const createContact = z.looseObject({ ...contactFields, updateEnabled: z.boolean().default(false) });

export const updateContact = z.looseObject({ ...contactFields, unlinkListIds: listIds.optional() });

export const updateContacts = z.looseObject({
  contacts: z
    .array(
      z.looseObject({
        ...contactFields,
        id: z.number().int().positive().optional(),
        sms: z.string().optional(),
        unlinkListIds: listIds.optional(),
      }),
    )
    .min(1)
    .max(100),
});

export const IDENTIFIER_TYPES = [
  'email_id',
  'contact_id',
  'ext_id',
  'phone_id',
  'whatsapp_id',
  'landline_number_id',
] as const;

export const identifierQuery = z.looseObject({ identifierType: z.enum(IDENTIFIER_TYPES).optional() });

/** `listIds` comes repeated or as a comma list. */
const queryListIds = z
  .union([z.string(), z.array(z.string())])
  .transform((value) => [value].flat().flatMap((text) => text.split(',').map(Number)));

export const listContacts = z.looseObject({
  limit: queryNumber({ least: 1, most: 1_000, standard: 50 }),
  offset,
  sort,
  modifiedSince: instant.optional(),
  createdSince: instant.optional(),
  listIds: queryListIds.optional(),
});

export const importContacts = z.looseObject({
  fileUrl: z.string().optional(),
  fileBody: z.string().optional(),
  jsonBody: z
    .array(
      z.looseObject({
        email: z.string().optional(),
        ext_id: z.string().optional(),
        id: z.number().int().optional(),
        sms: z.string().optional(),
        attributes: attributeMap.optional(),
      }),
    )
    .optional(),
  listIds: listIds.optional(),
  newList: z.looseObject({ listName: z.string().min(1), folderId: z.number().int().positive() }).optional(),
  notifyUrl: z.url().optional(),
  updateExistingContacts: z.boolean().default(true),
  emptyContactsAttributes: z.boolean().default(false),
  disableNotification: z.boolean().optional(),
  emailBlacklist: z.boolean().default(false),
  smsBlacklist: z.boolean().default(false),
});

export const doubleOptIn = z.looseObject({
  email: z.string(),
  includeListIds: listIds.min(1),
  excludeListIds: listIds.optional(),
  templateId: z.number().int().positive(),
  redirectionUrl: z.url(),
  attributes: attributeMap.optional(),
});

export const listMembers = z.looseObject({
  emails: z.array(z.string()).min(1).max(150).optional(),
  ids: z.array(z.number().int()).min(1).max(150).optional(),
  extIds: z.array(z.string()).min(1).max(150).optional(),
});

export const removeListMembers = z.looseObject({ ...listMembers.shape, all: z.literal(true).optional() });

export const createList = z.looseObject({ name: z.string().min(1), folderId: z.number().int().positive() });
export const createFolder = z.looseObject({ name: z.string().min(1) });

export const pageOfLists = z.looseObject({
  limit: queryNumber({ least: 1, most: 50, standard: 10 }),
  offset,
  sort,
});

export const pageOfListContacts = z.looseObject({
  limit: queryNumber({ least: 1, most: 500, standard: 50 }),
  offset,
  sort,
  modifiedSince: instant.optional(),
});

export const createAttribute = z.looseObject({
  type: z.enum(['text', 'date', 'float', 'boolean', 'id', 'category', 'multiple-choice', 'user']).optional(),
  value: z.string().optional(),
  enumeration: z.array(z.looseObject({ value: z.number().int(), label: z.string().min(1) })).optional(),
  multiCategoryOptions: z.array(z.string().min(1)).optional(),
});

export const ATTRIBUTE_CATEGORIES = ['normal', 'transactional', 'category', 'calculated', 'global'] as const;
