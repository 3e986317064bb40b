import type { Origin } from '../contacts/contact-book.ts';
import { invalidParameter, missingParameter, Refusal } from '../http/answers.ts';
import { type Operation, operation } from '../http/operation.ts';
import type { Sandbox } from '../sandbox.ts';
import { type CreateEvent, createEvent, createEvents, listEvents } from '../schemas/events.ts';
import { read } from '../schemas/fields.ts';
import type { Contact } from '../state/records.ts';

const MOST_PROPERTIES_BYTES = 50 * 1024;
const MOST_BATCH_BYTES = 512 * 1024;

/** `/events`: what contacts did elsewhere. Every call appends; Brevo knows no key for them. */
export function eventOperations({ state, book }: Sandbox): readonly Operation[] {
  return [
    operation({
      method: 'POST',
      route: '/events',
      body: createEvent,
      run: ({ body, origin }) => {
        check(body);
        append(body, origin);
        return { status: 204, effect: 'created' };
      },
    }),

    operation({
      method: 'POST',
      route: '/events/batch',
      mostBodyBytes: MOST_BATCH_BYTES,
      body: createEvents,
      run: ({ body, origin }) => {
        const errors: { eventIndex: number; message: string }[] = [];
        const good: CreateEvent[] = [];
        for (const [eventIndex, sent] of body.events.entries()) {
          try {
            const event = read(createEvent, sent);
            check(event);
            good.push(event);
          } catch (error) {
            if (!(error instanceof Refusal)) {
              throw error;
            }
            errors.push({ eventIndex, message: error.message });
          }
        }
        if (good.length === 0) {
          throw invalidParameter(errors[0]?.message ?? 'events are not valid');
        }
        for (const event of good) {
          append(event, origin);
        }
        const counts = {
          total_events: body.events.length,
          successful_events: good.length,
          failed_events: errors.length,
          errors,
        };
        return {
          status: 202,
          body:
            errors.length === 0
              ? { message: 'Events are being processed', count: good.length }
              : { status: 'partial', ...counts },
          effect: 'created',
        };
      },
    }),

    operation({
      method: 'GET',
      route: '/events',
      query: listEvents,
      run: ({ query }) => {
        const names = query.event_name === undefined ? undefined : [query.event_name].flat();
        const { startDate = Number.NEGATIVE_INFINITY, endDate = Number.POSITIVE_INFINITY } = query;
        const events = [...state.customEvents.values()]
          .filter((event) => query.contact_id === undefined || event.contactId === query.contact_id)
          .filter((event) => names?.includes(event.name) !== false)
          .filter((event) => Date.parse(event.date) >= startDate && Date.parse(event.date) <= endDate);
        const page = events.slice(query.offset, query.offset + query.limit).map((event) => ({
          contact_id: event.contactId,
          event_name: event.name,
          event_date: event.date,
          event_properties: event.eventProperties,
          contact_properties: event.contactProperties,
          source: 'api',
        }));
        return { status: 200, body: { count: events.length, events: page } };
      },
    }),
  ];

  function check(event: CreateEvent): void {
    const { email_id, ...others } = event.identifiers;
    if (email_id === undefined && Object.values(others).every((value) => value === undefined)) {
      throw missingParameter('identifiers is missing');
    }
    if (email_id !== undefined) {
      book.requireAddress(email_id);
    } else if (find(event) === undefined && event.identifiers.ext_id === undefined) {
      throw invalidParameter('Contact does not exist');
    }
    if (Buffer.byteLength(JSON.stringify(event.event_properties ?? {})) > MOST_PROPERTIES_BYTES) {
      throw invalidParameter('event_properties are larger than 50 KB');
    }
    if (event.event_date !== undefined && Number.isNaN(Date.parse(event.event_date))) {
      throw invalidParameter('event_date is not valid');
    }
  }

  function find({ identifiers }: CreateEvent): Contact | undefined {
    const { email_id, ext_id, contact_id, phone_id } = identifiers;
    return email_id !== undefined
      ? book.byEmail(email_id)
      : ext_id !== undefined
        ? book.byExtId(ext_id)
        : contact_id !== undefined
          ? book.byId(contact_id)
          : phone_id === undefined
            ? undefined
            : book.bySms(phone_id);
  }

  /** An event of somebody unknown makes the contact. */
  function append(event: CreateEvent, origin: Origin): void {
    const wish = {
      email: event.identifiers.email_id,
      extId: event.identifiers.ext_id,
      attributes: event.contact_properties,
    };
    const existing = find(event);
    const contact =
      existing === undefined
        ? book.create(wish, origin)
        : event.contact_properties === undefined
          ? existing
          : book.update(existing, { attributes: event.contact_properties }, origin);
    const id = state.customEvents.nextId();
    state.customEvents.put(id, {
      id,
      sequence: origin.sequence,
      contactId: contact.id,
      name: event.event_name,
      date: event.event_date ?? origin.at,
      eventProperties: event.event_properties ?? {},
      contactProperties: event.contact_properties ?? {},
      createdAt: origin.at,
    });
  }
}
