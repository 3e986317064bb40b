import { Temporal } from 'temporal-polyfill';
import { nextLocalTime } from '../journeys/local-time.ts';
import { earliestInWindow } from '../sending/send-window.ts';
import type { CampaignDefinition, SendTime } from './definition.ts';

const TIME_OF_DAY = /^\d{2}:\d{2}$/;

/**
 * When a mail of the campaign is due for somebody in a zone. A local time that spring leaves out is the same length after
 * the gap's begin, one that autumn repeats is its first pass.
 * @param asOf the run's logical time: `now`, and from where the next `09:00` is looked for
 * @param zone IANA, of the person
 * @returns an instant, inside the campaign's window; it may lie in the past
 */
export function dueFor(
  { send, window }: Pick<CampaignDefinition, 'send' | 'window'>,
  { asOf, zone }: { readonly asOf: Date; readonly zone: string },
): Date {
  const at =
    send === 'now' ? asOf : localInstant(send, { asOf, zone: send.zone === 'recipient' ? zone : send.zone });
  return window === undefined ? at : earliestInWindow({ window, zone, from: at });
}

/** Whether people in different zones may get it at different instants. */
export function dependsOnZone({ send, window }: Pick<CampaignDefinition, 'send' | 'window'>): boolean {
  return window !== undefined || (send !== 'now' && send.zone === 'recipient');
}

/**
 * The definition with another time: `2026-12-01T09:00` or `09:00` for the zone that it has anyway (each recipient's own,
 * where it has none), or an instant with a `Z` or an offset, the same for all.
 */
export function sendAt(definition: CampaignDefinition, at: string): CampaignDefinition {
  if (/(Z|[+-]\d{2}:?\d{2})$/i.test(at)) {
    const utc = new Date(at).toISOString().slice(0, 19);
    return { ...definition, send: { at: utc, zone: 'UTC' } };
  }
  const zone = definition.send === 'now' ? 'recipient' : definition.send.zone;
  return { ...definition, send: { at, zone } };
}

function localInstant(
  { at }: Exclude<SendTime, 'now'>,
  { asOf, zone }: { readonly asOf: Date; readonly zone: string },
): Date {
  if (TIME_OF_DAY.test(at)) {
    return new Date(nextLocalTime({ from: asOf.getTime(), localTime: at, weekdays: undefined, zone }));
  }
  return new Date(Temporal.PlainDateTime.from(at).toZonedDateTime(zone).epochMilliseconds);
}
