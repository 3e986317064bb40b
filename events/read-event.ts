import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { NewEvent } from '../db/accept-events.ts';
import type { ContactFacts } from '../db/contacts.ts';
import { canonicalEmail, type EmailFault } from '../domain/email.ts';
import {
  EVENT_TYPES,
  isEventType,
  OWN_EVENT_IDS,
  OWN_TYPES,
  PERSON_FIELDS,
  REMEMBERED,
  TYPES_OF_PEOPLE,
} from './event-types.ts';
import { canonicalJson, cleanJson, type JsonObject } from './json.ts';
import type { FieldError } from './problem.ts';

export const MOST_EVENTS = 500;
const MOST_DATA_BYTES = 64 * 1024;
const CLOCK_SKEW_MS = 5 * 60_000;
const EARLIEST = Date.UTC(2000, 0, 1);

const EVENT_ID = /^[\x21-\x7e]{1,255}$/;
const TYPE = /^[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*){1,4}$/;
const RESOURCE = /^[a-z][a-z0-9_-]*(\.[A-Za-z0-9_:~-]+){1,4}$/;

/** What an event looks like on the wire; `data` is checked by its type besides. */
export const envelope = z.strictObject({
  id: z
    .string({ error: 'must be a text; each event of an array has an id of its own' })
    .regex(EVENT_ID, 'must be 1 to 255 visible ASCII characters')
    .refine((id) => !OWN_EVENT_IDS.test(id), 'begins like an id of our own; take another one'),
  type: z
    .string()
    .max(100)
    .regex(TYPE, 'must be lower case words joined by dots, a noun and what happened; like lead.opted_in')
    .refine((type) => !OWN_TYPES.test(type), 'is said by Sluice alone'),
  timestamp: z.iso.datetime({
    offset: true,
    error: 'must be ISO 8601 with an offset; like 2026-11-21T09:00:00Z',
  }),
  resource: z.string().max(255).regex(RESOURCE, 'must be a noun, a dot and an id; like lead.42'),
  data: z.record(z.string(), z.unknown()).optional(),
});

export type ReadEvent =
  | { readonly ok: true; readonly event: NewEvent }
  | { readonly ok: false; readonly id: string | undefined; readonly errors: readonly FieldError[] };

/**
 * Checks one event and brings it into the form in which it is kept. Every bad field is named.
 * @param webhookId the id of an event that does not come in an array
 * @param at where it is in the body, like `[3].`, empty for a single one
 * @param now by our clock
 */
export function readEvent(
  raw: unknown,
  { webhookId, at, now }: { readonly webhookId: string | undefined; readonly at: string; readonly now: Date },
): ReadEvent {
  const given = typeof raw === 'object' && raw !== null && !Array.isArray(raw) ? raw : undefined;
  if (given === undefined) {
    const field = at === '' ? 'body' : at.slice(0, -1);
    return { ok: false, id: undefined, errors: [{ field, message: 'must be an object' }] };
  }
  const errors: FieldError[] = [];
  const parsed = envelope.safeParse(webhookId === undefined ? given : { id: webhookId, ...given });
  if (!parsed.success) errors.push(...fieldErrors(parsed.error, at));
  const { id, type, data: rawData = {} } = given as Readonly<Record<string, unknown>>;
  if (webhookId !== undefined && id !== undefined && id !== webhookId)
    errors.push({ field: `${at}id`, message: 'must be that of webhook-id, or be left out' });
  const occurredAt = parsed.success ? new Date(parsed.data.timestamp) : undefined;
  if (occurredAt !== undefined) errors.push(...timeErrors(occurredAt, { at, now }));
  const data = readData(rawData, { type: typeof type === 'string' ? type : '', at, errors });
  if (!parsed.success || occurredAt === undefined || data === undefined || errors.length > 0)
    return { ok: false, id: webhookId ?? (typeof id === 'string' ? id : undefined), errors };
  return { ok: true, event: newEvent({ ...parsed.data, occurredAt, data }) };
}

function timeErrors(
  occurredAt: Date,
  { at, now }: { readonly at: string; readonly now: Date },
): readonly FieldError[] {
  const field = `${at}timestamp`;
  if (Number.isNaN(occurredAt.getTime())) return [{ field, message: 'is no moment that there is' }];
  if (occurredAt.getTime() > now.getTime() + CLOCK_SKEW_MS) {
    return [
      {
        field,
        message: `is more than 5 minutes in the future: clock skew; our clock says ${now.toISOString()}`,
      },
    ];
  }
  return occurredAt.getTime() < EARLIEST ? [{ field, message: 'is before the year 2000' }] : [];
}

function readData(
  raw: unknown,
  { type, at, errors }: { readonly type: string; readonly at: string; readonly errors: FieldError[] },
): JsonObject | undefined {
  const field = `${at}data`;
  // The envelope has said so already.
  if (typeof raw !== 'object' || raw === null || Array.isArray(raw)) return undefined;
  const clean = cleanJson(raw, { at: field, errors });
  if (clean === undefined) return undefined;
  if (Buffer.byteLength(JSON.stringify(clean)) > MOST_DATA_BYTES) {
    errors.push({ field, message: `has more than ${MOST_DATA_BYTES} bytes` });
    return undefined;
  }
  let data = clean as JsonObject;
  if (isEventType(type)) {
    const typed = EVENT_TYPES[type].safeParse(data);
    if (typed.success) data = typed.data as JsonObject;
    else errors.push(...fieldErrors(typed.error, `${field}.`));
  } else errors.push(...personErrors(data, field));
  if (data.email === undefined) return data;
  const email = canonicalEmail(typeof data.email === 'string' ? data.email : '');
  if (email.ok) return { ...data, email: email.email };
  // A type's own schema has named what is no text.
  if (typeof data.email === 'string' || !isEventType(type))
    errors.push({ field: `${field}.email`, message: EMAIL_FAULTS[email.fault] });
  return data;
}

const EMAIL_FAULTS: Readonly<Record<EmailFault, string>> = {
  no_email: 'must be an e-mail address',
  invalid_email: 'is not a valid e-mail address',
  unsupported_email: 'has letters outside ASCII before the @, which Brevo refuses',
};

/** Of a type that nobody declared: what describes a person must be usable all the same. */
function personErrors(data: JsonObject, field: string): readonly FieldError[] {
  if (data.email === undefined) return [];
  return Object.entries(PERSON_FIELDS).flatMap(([name, schema]) => {
    const parsed = data[name] === undefined ? undefined : schema.safeParse(data[name]);
    return parsed === undefined || parsed.success ? [] : fieldErrors(parsed.error, `${field}.${name}`);
  });
}

function fieldErrors(error: z.ZodError, at: string): readonly FieldError[] {
  return error.issues.map(({ path, message }) => ({
    field: `${at}${path.map(String).join('.')}`.replace(/\.$/, '') || 'body',
    message,
  }));
}

function newEvent({
  id,
  type,
  resource,
  occurredAt,
  data,
}: {
  readonly id: string;
  readonly type: string;
  readonly resource: string;
  readonly occurredAt: Date;
  readonly data: JsonObject;
}): NewEvent {
  const text = canonicalJson(data);
  return {
    eventId: id,
    bodyHash: createHash('sha256')
      .update(JSON.stringify([type, resource, occurredAt.getTime()]))
      .update(text)
      .digest('hex'),
    type,
    resource,
    occurredAt,
    data: text,
    needsPerson: TYPES_OF_PEOPLE.has(type),
    person: factsOf(data, { type, occurredAt }),
  };
}

/** What the event tells about the person; undefined without an address. */
function factsOf(
  data: JsonObject,
  { type, occurredAt }: { readonly type: string; readonly occurredAt: Date },
): ContactFacts {
  const text = (name: keyof typeof PERSON_FIELDS | 'email') => {
    const value = data[name];
    return typeof value === 'string' ? value : undefined;
  };
  const names = ['business_name', ...(isEventType(type) ? (REMEMBERED[type] ?? []) : [])];
  const known = names.flatMap((name) => {
    const value = data[name];
    return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
      ? [[name, value] as const]
      : [];
  });
  return {
    email: text('email'),
    firstName: text('first_name'),
    name: text('name'),
    timezone: text('timezone'),
    fields: Object.fromEntries(known),
    optedInAt: type === 'lead.opted_in' ? occurredAt : undefined,
  };
}
