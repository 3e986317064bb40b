import { randomInt } from 'node:crypto';
import type { RowDataPacket } from 'mysql2/promise';
import { expect, it } from 'vitest';
import { previewHour, pruneHistory, scoreNextPage, scoringState } from '../db/lead-scoring.ts';
import { openDatabase } from '../db/pool.ts';
import { activityWindow, crossingOf, type LeadActivity, nextScore, pointsOf } from '../domain/lead-score.ts';
import {
  add,
  addLeads,
  enthusiasm,
  type Happening,
  hour,
  type Lead,
  leadDatabase,
  scoreUpTo,
  written,
} from './support/leads.ts';

/** Further apart than a page is wide, so that each is a page of its own. */
const APART = 20_001;

function random<T>(items: readonly T[]): T {
  return items[randomInt(items.length)] as T;
}

/** Anything at all, at or around the edges of the hours and of the windows. */
function anything(): Happening {
  const at = new Date(hour(randomInt(0, 36)).getTime() + random([0, 0, -1, 1, 1_799_999]));
  const what = random(['opened', 'clicked', 'proxy_opened', 'replied', 'viewed', 'sales', 'booked'] as const);
  const isVisit = what === 'viewed' || what === 'sales';
  const kind = random([undefined, 'journey', 'campaign', 'reminder', 'report', 'notification']);
  return {
    what,
    at,
    ...(isVisit && randomInt(3) > 0 ? { seconds: random([0, 1, 59, 59.5, 60, 61, 240, 1_000]) } : {}),
    ...(kind === undefined ? {} : { kind }),
  };
}

/** What counts of a lead as of an hour, by the words of the rules. */
function activityAt({ did, isErased }: Lead, at: Date): LeadActivity {
  const { from, to } = activityWindow(at);
  const counted = did.filter(
    (one) =>
      isErased !== true &&
      one.at >= from &&
      one.at < to &&
      !['report', 'notification'].includes(['opened', 'clicked'].includes(one.what) ? (one.kind ?? '') : ''),
  );
  const of = (what: Happening['what']) => counted.filter((one) => one.what === what);
  return {
    opens: of('opened').length,
    clicks: of('clicked').length,
    replies: of('replied').length,
    pageViews: of('viewed').length,
    secondsOnSite: [...of('viewed'), ...of('sales')].reduce((sum, { seconds = 0 }) => sum + seconds, 0),
    salesPageVisits: of('sales').length,
  };
}

/** By id, then by hour. */
function byPerson(a: readonly unknown[], b: readonly unknown[]): number {
  return Number(a[0]) - Number(b[0]) || Number(a[1]) - Number(b[1]);
}

it('SQL scores everybody as the pure function does, hour after hour, whatever people do', async () => {
  const database = await leadDatabase();
  const leads: readonly Lead[] = Array.from({ length: 120 }, (_, index) => ({
    id: index + 1 + (index % 3) * APART,
    did: [
      ...Array.from({ length: random([0, 0, 3, 12, 30]) }, anything),
      ...(index % 10 === 0 ? enthusiasm(hour(randomInt(1, 20))) : []),
    ],
    isErased: index % 17 === 5,
  }));
  await addLeads(database, leads);
  const scores = new Map<number, number>();
  const expected = { crossings: [] as unknown[][], changes: 0 };
  for (let at = 4; at <= 34; at += 1) {
    await scoreUpTo(database, hour(at));
    for (const lead of leads) {
      const previous = scores.get(lead.id) ?? 0;
      const score = nextScore({ old: previous, points: pointsOf(activityAt(lead, hour(at))) });
      scores.set(lead.id, score);
      if (score !== previous) expected.changes += 1;
      const direction = crossingOf({ previous, score });
      if (direction !== undefined) expected.crossings.push([lead.id, at, direction, previous, score]);
    }
    const [rows] = await database.pool.query<RowDataPacket[]>(
      'SELECT contact_id AS id, score FROM lead_scores',
    );
    const found = new Map(rows.map(({ id, score }) => [id as number, score as number]));
    expect([at, ...leads.map(({ id }) => found.get(id) ?? 0)]).toEqual([at, ...scores.values()]);
  }
  const { crossings, events, history } = await written(database);
  expect(history).toHaveLength(expected.changes);
  const seen = crossings.map(({ contact_id, crossed_at, direction, previous, score }) => [
    contact_id,
    (Date.parse(`${crossed_at}Z`) - hour(0).getTime()) / 3_600_000,
    direction,
    previous,
    score,
  ]);
  expect(seen).toEqual(expected.crossings.toSorted(byPerson));
  expect(seen.length).toBeGreaterThan(5);
  // Each of them an event, by the number of the person's crossing.
  expect(events).toHaveLength(seen.length);
});

it('counts what happened from 24 hours before the hour up to it, and not at it', async () => {
  const database = await leadDatabase();
  const moments = [hour(6).getTime() - 1, hour(6).getTime(), hour(30).getTime() - 1, hour(30).getTime()];
  await addLeads(
    database,
    moments.map((at, index) => ({ id: index + 1, did: [{ what: 'clicked', at: new Date(at) }] })),
  );
  await scoreUpTo(database, hour(30));
  const { scores } = await written(database);
  expect(scores.map(({ contact_id, points }) => [contact_id, points])).toEqual([
    [2, 10],
    [3, 10],
  ]);
});

it('passes over visits whose duration makes no sense', async () => {
  const database = await leadDatabase();
  await addLeads(database, [{ id: 1, did: [{ what: 'viewed', at: hour(1), seconds: 61 }] }]);
  for (const data of [
    '{"duration":"long"}',
    '{"duration":null}',
    '{"duration":[1]}',
    '{"duration":-5}',
    '{}',
  ]) {
    await database.pool.query(
      "INSERT INTO events (event_id, body_hash, type, resource, contact_id, occurred_at, received_at, data) VALUES (UUID(), '', 'visitor.page_viewed', 'visitor.1', 1, ?, ?, ?)",
      [hour(1), hour(1), data],
    );
  }
  await scoreUpTo(database, hour(2));
  const { scores } = await written(database);
  expect(scores).toMatchObject([{ minutes: 1, page_views: 6, points: 16 }]);
});

it('tells that somebody became hot once, and once that they became cold again', async () => {
  const database = await leadDatabase();
  await addLeads(database, [{ id: 7, did: enthusiasm(hour(0.5)) }]);
  await database.pool.query("INSERT INTO contact_resources (resource, contact_id) VALUES ('lead.42', 7)");
  await scoreUpTo(database, hour(1));
  await scoreUpTo(database, hour(60));
  const { crossings, events } = await written(database);
  expect(crossings).toMatchObject([
    { number: 1, direction: 'hot', score: 81, previous: 63 },
    { number: 2, direction: 'cold', score: 49, previous: 70 },
  ]);
  expect(events).toMatchObject([
    {
      event_id: 'lead-score:7:1',
      type: 'lead.became_hot',
      resource: 'lead.42',
      contact_id: 7,
      data: '{"score":81,"previous":63,"crossing":1}',
    },
    { event_id: 'lead-score:7:2', type: 'lead.became_cold' },
  ]);
  // And the next time that they are hot is another one.
  await add(database, 7, enthusiasm(hour(70)));
  await scoreUpTo(database, hour(75));
  expect((await written(database)).events.map(({ event_id }) => event_id)).toEqual([
    'lead-score:7:1',
    'lead-score:7:2',
    'lead-score:7:3',
  ]);
});

it('changes nothing when an hour that is done, or an older one, is scored again', async () => {
  const database = await leadDatabase();
  await addLeads(database, [
    { id: 1, did: enthusiasm(hour(0.5)) },
    { id: 2, did: [anything(), anything()] },
  ]);
  for (const at of [1, 2, 3, 4]) await scoreUpTo(database, hour(at));
  const before = await written(database);
  await add(database, 2, enthusiasm(hour(2.5)));
  for (const at of [4, 3, 1, -20]) expect(await scoreUpTo(database, hour(at))).toBe(0);
  expect(await written(database)).toEqual(before);
});

it('makes of hours that were missed what punctual runs would have made', async () => {
  const [punctual, late] = [await leadDatabase(), await leadDatabase()];
  const leads = Array.from({ length: 40 }, (_, index) => ({
    id: index + 1,
    did: [...Array.from({ length: 8 }, anything), ...(index % 4 === 0 ? enthusiasm(hour(index / 2)) : [])],
  }));
  await Promise.all([addLeads(punctual, leads), addLeads(late, leads)]);
  for (let at = 1; at <= 30; at += 1) await scoreUpTo(punctual, hour(at));
  for (const at of [1, 2, 13, 30]) await scoreUpTo(late, hour(at));
  expect(await written(late)).toEqual(await written(punctual));
});

it('fades at once through what is more than a week ago, as idle hours would have', async () => {
  const database = await leadDatabase();
  const before = 6;
  await addLeads(database, [{ id: 1, did: enthusiasm(hour(before - 4)) }]);
  for (let at = before - 3; at <= before; at += 1) await scoreUpTo(database, hour(at));
  const state = await written(database);
  const score = state.scores[0]?.score as number;
  expect(score).toBeGreaterThanOrEqual(80);
  await scoreUpTo(database, hour(before + 168 + 3));
  const { hours, crossings, history } = await written(database);
  expect(hours).toHaveLength(4 + 1 + 168);
  expect(hours[4]).toMatchObject({ fade_hours: 3, changed: 1, became_cold: 1 });
  const faded = [1, 2, 3].reduce((old) => nextScore({ old, points: 0 }), score);
  expect(history[state.history.length]).toMatchObject({ score: faded });
  expect(crossings[1]).toMatchObject({ direction: 'cold', previous: score, score: faded });
});

it('two runs at once share the pages and do none twice', async () => {
  const [alone, together] = [await leadDatabase(), await leadDatabase()];
  const leads = Array.from({ length: 30 }, (_, index) => ({
    id: 1 + index * APART,
    did: index % 2 === 0 ? enthusiasm(hour(0.5)) : [anything(), anything(), anything()],
  }));
  await Promise.all([addLeads(alone, leads), addLeads(together, leads)]);
  await scoreUpTo(alone, hour(1));
  await scoreUpTo(alone, hour(5));
  const other = openDatabase(together.url, { connections: 2 });
  await scoreUpTo(together, hour(1));
  const pages = await Promise.all([
    scoreUpTo(together, hour(5)),
    scoreUpTo(other, hour(5)),
    scoreUpTo(other, hour(4)),
  ]);
  await other.close();
  expect(pages.every((count) => count > 5)).toBe(true);
  expect(pages.reduce((sum, count) => sum + count, 0)).toBe(4 * 31);
  expect(await written(together)).toEqual(await written(alone));
});

it('a first run beside another one scores one hour after the other, too', async () => {
  const database = await leadDatabase();
  await addLeads(database, [{ id: 1, did: enthusiasm(hour(0.5)) }]);
  await Promise.all([
    scoreUpTo(database, hour(2)),
    scoreUpTo(database, hour(3)),
    scoreUpTo(database, hour(2)),
  ]);
  const { hours } = await written(database);
  const done = hours.map(({ hour: at }) => at as string);
  expect(done.at(-1)).toBe('2026-03-10 03:00:00.000');
  expect(done).toEqual(['2026-03-10 02:00:00.000', '2026-03-10 03:00:00.000'].slice(-done.length));
});

it('says before it does it what an hour would bring', async () => {
  const database = await leadDatabase();
  await addLeads(database, [
    { id: 1, did: enthusiasm(hour(0.5)) },
    { id: 1 + APART, did: [{ what: 'opened', at: hour(1) }] },
  ]);
  for (const at of [1, 2]) await scoreUpTo(database, hour(at));
  const before = await written(database);
  const preview = await previewHour(database.orm, { hour: hour(3), fadeHours: 0 });
  expect(await written(database)).toEqual(before);
  expect(preview).toEqual({ scored: 2, changed: 2, becameHot: 1, becameCold: 0 });
  await scoreUpTo(database, hour(3));
  expect((await written(database)).hours.at(-1)).toMatchObject({ scored: 2, changed: 2, became_hot: 1 });
});

it('prunes old history and keeps the last hour, so that nothing is scored twice', async () => {
  const database = await leadDatabase();
  await addLeads(database, [{ id: 1, did: enthusiasm(hour(0.5)) }]);
  for (const at of [1, 2, 3]) await scoreUpTo(database, hour(at));
  expect(await pruneHistory(database.orm, { before: hour(3) })).toBe(false);
  expect((await written(database)).history).toHaveLength(1);
  await pruneHistory(database.orm, { before: hour(500) });
  const { history, hours, crossings } = await written(database);
  expect([history.length, hours.length, crossings.length]).toEqual([0, 1, 1]);
  expect((await scoringState(database.orm)).lastDone).toEqual(hour(3));
  expect(await scoreNextPage(database, { target: hour(3), now: hour(3) })).toEqual({ kind: 'up_to_date' });
});
