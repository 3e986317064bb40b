import { expect, it } from 'vitest';
import { defineCampaign } from '../domain/campaigns/definition.ts';
import { dueFor } from '../domain/campaigns/due.ts';
import { news, openStage, times } from './support/campaigns/stage.ts';
import { until } from './support/installation.ts';

/** What a clock in a zone shows, by another way than the product's. */
function clockOf(at: Date, zone: string): string {
  const format = new Intl.DateTimeFormat('sv-SE', {
    timeZone: zone,
    dateStyle: 'short',
    timeStyle: 'medium',
  });
  return format.format(at).replace(' ', 'T');
}

const ZONES = [
  'Europe/Berlin',
  'America/New_York',
  'America/St_Johns',
  'Asia/Kathmandu',
  'Australia/Lord_Howe',
  'Pacific/Apia',
  'Pacific/Kiritimati',
  'UTC',
];

it.each(['2026-03-29T09:00', '2026-10-25T09:00', '2026-03-08T09:00', '2026-11-01T09:00', '2026-12-01T09:00'])(
  'is due when every clock shows %s, also on days when clocks change',
  (at) => {
    const campaign = defineCampaign({ ...news(), send: { at, zone: 'recipient' } });
    const asOf = new Date('2026-01-01T00:00:00Z');
    for (const zone of ZONES) expect(clockOf(dueFor(campaign, { asOf, zone }), zone)).toBe(`${at}:00`);
  },
);

it('takes a time that spring leaves out as much later, and the first of two in autumn', () => {
  const asOf = new Date('2026-01-01T00:00:00Z');
  const at = (text: string) =>
    dueFor(defineCampaign({ ...news(), send: { at: text, zone: 'recipient' } }), {
      asOf,
      zone: 'Europe/Berlin',
    });
  expect(at('2026-03-29T02:30').toISOString()).toBe('2026-03-29T01:30:00.000Z');
  expect(at('2026-10-25T02:30').toISOString()).toBe('2026-10-25T00:30:00.000Z');
});

it('takes a bare time as the next one from the logical time on, and keeps to the window', () => {
  const campaign = defineCampaign({
    ...news(),
    send: { at: '09:00', zone: 'recipient' },
    window: { from: '10:00', to: '18:00', weekdays: [1, 2, 3, 4, 5] },
  });
  // A Saturday in New York.
  const due = dueFor(campaign, { asOf: new Date('2026-11-21T20:00:00Z'), zone: 'America/New_York' });
  expect(clockOf(due, 'America/New_York')).toBe('2026-11-23T10:00:00');
});

it('writes each mail down for the hour of its person, and people without a zone for that of the setting', async () => {
  const stage = await openStage([news({ send: { at: '2027-03-28T09:00', zone: 'recipient' } })], {
    env: { CONTACT_TIMEZONE: 'Europe/London' },
  });
  const ids = await stage.people([...ZONES.map((timezone) => ({ timezone })), {}, { timezone: 'Mars/Base' }]);
  await stage.startWorker();
  const handle = await stage.start();
  await until('all is written down', async () => (await stage.ledger()).prepared === ids.length);
  const rows = await stage.sql<{ contact_id: number; due: string }>(
    "SELECT contact_id, DATE_FORMAT(due_at, '%Y-%m-%dT%H:%i:%sZ') AS due FROM messages",
  );
  const zones = [...ZONES, 'Europe/London', 'Europe/London'];
  const clocks = rows.map(({ contact_id, due }) =>
    clockOf(new Date(due), zones[ids.indexOf(contact_id)] ?? ''),
  );
  expect(clocks).toEqual(rows.map(() => '2027-03-28T09:00:00'));
  await stage.cancel(handle);
  await handle.result();
});

it('mails those whose hour it is, and waits for the others', async () => {
  const soon = new Date(Date.now() + 6_000);
  const at = clockOf(soon, 'Asia/Kolkata');
  const stage = await openStage([news({ send: { at, zone: 'recipient' } })]);
  await stage.people([
    ...times(20, () => ({ timezone: 'Asia/Kolkata' })),
    ...times(5, () => ({ timezone: 'UTC' })),
  ]);
  await stage.startWorker();
  const handle = await stage.start();
  await until('all is written down', async () => {
    const { prepared = 0, accepted = 0 } = await stage.ledger();
    return prepared + accepted === 25;
  });
  await stage.untilTaken(20);
  const first = await stage.sql<{ early: number }>(
    'SELECT COUNT(*) AS early FROM messages WHERE first_tried_at < due_at',
  );
  expect(first).toEqual([{ early: 0 }]);
  expect(await stage.ledger()).toEqual({ accepted: 20, prepared: 5 });
  await stage.cancel(handle);
  expect(await handle.result()).toMatchObject({ accepted: 20, withheld: 5 });
});
