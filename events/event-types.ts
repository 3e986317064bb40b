import { z } from 'zod';

/**
 * What is known of an event's `data`, by its type. A type that is not listed is accepted and kept, with whatever data it
 * has, and starts nothing. Fields that a schema does not name are kept, too.
 */

/** Present in any event, these describe a person and must be usable; `email` makes or finds the contact. */
export const PERSON_FIELDS = {
  first_name: z.string().min(1).max(200),
  name: z.string().min(1).max(200),
  business_name: z.string().min(1).max(200),
  timezone: z.string().max(64).refine(isZone, 'is not an IANA time zone; like Europe/Berlin'),
};

const person = { email: z.string(), ...optional(PERSON_FIELDS) };
const maybePerson = { ...person, email: z.string().optional() };
const marks = z.int().min(0).max(8);
const seconds = z.number().min(0).max(86_400);
const instant = z.iso.datetime({ offset: true });
/** `duration` in seconds. */
const visit = {
  ...maybePerson,
  page_url: z.string().max(2_000).optional(),
  duration: seconds.optional(),
};
const leadScore = { score: z.int().optional(), previous: z.int().optional(), crossing: z.int().optional() };
const word = z.string().regex(/^[A-Za-z0-9_-]{1,100}$/, 'must be 1 to 100 letters, digits, _ or -');

export const EVENT_TYPES = {
  /** The person agrees to marketing mail by it. */
  'lead.opted_in': z.looseObject(person),
  'lead.assessment_complete': z
    .looseObject({
      ...maybePerson,
      red: marks,
      orange: marks,
      yellow: marks.default(0),
      green: marks.default(0),
      score: z.number().min(0).max(100).optional(),
    })
    .refine(({ red, orange, yellow, green }) => red + orange + yellow + green <= 8, {
      error: 'red, orange, yellow and green are more than 8 together',
    }),
  'lead.booked': z.looseObject({ ...maybePerson, meeting_at: instant.optional() }),
  'lead.converted': z.looseObject(maybePerson),
  'certificate.bought': z.looseObject(maybePerson),
  'campaign.published': z.looseObject({ campaign_id: word }),
  /** Without `campaign_id`: the campaign that is `isManual`. */
  'trigger.now': z.looseObject({ campaign_id: word.optional() }),
  'email.replied': z.looseObject(maybePerson),
  'visitor.page_viewed': z.looseObject(visit),
  'visitor.sales_page_visited': z.looseObject(visit),
  /** The same, as some websites call it. */
  'visitor.sales_page_visit': z.looseObject(visit),
  // Of lead scoring; `data` is Sluice's own.
  'lead.became_hot': z.looseObject(leadScore),
  'lead.became_cold': z.looseObject(leadScore),
  // Of Brevo's webhooks and unsubscribe links; `data` is Sluice's own.
  'mail.delivered': z.looseObject({}),
  'mail.opened': z.looseObject({}),
  'mail.clicked': z.looseObject({}),
  'mail.soft_bounced': z.looseObject({}),
  'mail.hard_bounced': z.looseObject({}),
  'mail.complained': z.looseObject({}),
  'mail.unsubscribed': z.looseObject({}),
} as const;

export type EventType = keyof typeof EVENT_TYPES;
export type EventData<T extends EventType> = z.output<(typeof EVENT_TYPES)[T]>;

export function isEventType(type: string): type is EventType {
  return Object.hasOwn(EVENT_TYPES, type);
}

/** Types about one person: without an address their resource must be known. */
export const TYPES_OF_PEOPLE: ReadonlySet<string> = new Set<EventType>([
  'lead.opted_in',
  'lead.assessment_complete',
  'lead.booked',
  'lead.converted',
  'certificate.bought',
  'email.replied',
]);

/** Fields of `data` that become fields of the contact; columns of the contact are named in read-event.ts. */
export const REMEMBERED: Readonly<Partial<Record<EventType, readonly string[]>>> = {
  'lead.assessment_complete': ['red', 'orange', 'yellow', 'green', 'score'],
};

/** Types that only Sluice itself may say: they stop and start journeys, so nobody else is believed. */
export const OWN_TYPES = /^(mail\.|lead\.became_(hot|cold)$)/;

/** Beginnings of event ids under which Sluice notes what it learned itself. */
export const OWN_EVENT_IDS = /^(engagement|unsubscribe|emit|journey|lead-score):/;

function optional<T extends Readonly<Record<string, z.ZodType>>>(fields: T) {
  return Object.fromEntries(
    Object.entries(fields).map(([name, schema]) => [name, schema.optional()]),
  ) as unknown as { readonly [K in keyof T]: z.ZodOptional<T[K]> };
}

function isZone(value: string): boolean {
  try {
    return !/^[+-]/.test(Intl.DateTimeFormat('en', { timeZone: value }).resolvedOptions().timeZone);
  } catch {
    return false;
  }
}
