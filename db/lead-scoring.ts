import { eq, sql } from 'drizzle-orm';
import { crossingOf, type Direction, hoursAfter, planScoring } from '../domain/lead-score.ts';
import { chunks } from './chunks.ts';
import { lockContacts } from './contacts.ts';
import { noteOwnEvents } from './events.ts';
import {
  becomesCold,
  becomesHot,
  type ContactRange,
  inRange,
  isCrossing,
  scoredLeads,
} from './lead-scoring-sql.ts';
import type { Database, Executor } from './pool.ts';
import { leadCrossings, leadScoreHistory, leadScoreHours, leadScores, leadScoring } from './schema-leads.ts';
import { contactResources, contacts } from './schema-people.ts';

/** Contacts in one transaction: some hundred milliseconds of work when each of them has a score. */
const PAGE = 20_000;
const THE_ONE = 1;

export interface HourCounts {
  /** Leads that had a score or were active. */
  readonly scored: number;
  readonly changed: number;
  readonly becameHot: number;
  readonly becameCold: number;
}

/** What one page did. `up_to_date`: the hour, or a later one, had been scored already. */
export type ScoredPage =
  | { readonly kind: 'up_to_date' }
  | ({ readonly kind: 'page'; readonly hour: Date; readonly isHourDone: boolean } & HourCounts);

/** The hour that was begun last, and whether all of it is done. */
export interface ScoringState {
  readonly hour: Date | undefined;
  readonly isDone: boolean;
  /** The last hour that is done; undefined: none. */
  readonly lastDone: Date | undefined;
}

export async function scoringState(db: Executor): Promise<ScoringState> {
  const [row] = await db.select().from(leadScoring).where(eq(leadScoring.id, THE_ONE));
  const [last] = await db
    .select({ hour: sql<Date | null>`MAX(hour)`.mapWith(leadScoreHours.hour) })
    .from(leadScoreHours);
  return {
    hour: row?.hour ?? undefined,
    isDone: row === undefined || row.state === 'done',
    lastDone: last?.hour ?? undefined,
  };
}

/** Nobody scores until the transaction ends, so an erasure leaves nothing behind. */
export async function lockScoring(tx: Executor): Promise<typeof leadScoring.$inferSelect> {
  await tx
    .insert(leadScoring)
    .values({ id: THE_ONE })
    .onDuplicateKeyUpdate({ set: { id: THE_ONE } });
  const [row] = await tx.select().from(leadScoring).where(eq(leadScoring.id, THE_ONE)).for('update');
  if (row === undefined) throw new Error('the state of lead scoring is not there');
  return row;
}

/**
 * Scores the next page of leads on the way to `target`, in one transaction: scores, history, crossings and their events,
 * and how far it has come. Hours that were missed come first, one after the other. Several runs at once take turns, page
 * by page, and a page that broke off never was.
 * @param target a whole hour, not in the future
 */
export async function scoreNextPage(
  database: Database,
  { target, now }: { readonly target: Date; readonly now: Date },
): Promise<ScoredPage> {
  return database.orm.transaction(async (tx): Promise<ScoredPage> => {
    const state = nextHour(await lockScoring(tx), { target, now });
    if (state === undefined) return { kind: 'up_to_date' };
    const { hour, fadeHours } = state;
    const range = await nextRange(tx, state.afterContact);
    const page = range === undefined ? NOTHING : await scorePage(tx, { range, hour, fadeHours, now });
    const counts = added(state, page);
    const isHourDone = range === undefined;
    await tx
      .update(leadScoring)
      .set({
        ...counts,
        hour,
        fadeHours,
        startedAt: state.startedAt,
        state: isHourDone ? 'done' : 'running',
        afterContact: range?.through ?? state.afterContact,
      })
      .where(eq(leadScoring.id, THE_ONE));
    if (isHourDone) {
      await tx
        .insert(leadScoreHours)
        .values({ ...counts, hour, fadeHours, startedAt: state.startedAt, finishedAt: now });
    }
    return { kind: 'page', hour, isHourDone, ...counts };
  });
}

const NOTHING: HourCounts = { scored: 0, changed: 0, becameHot: 0, becameCold: 0 };

function added(a: HourCounts, b: HourCounts): HourCounts {
  return {
    scored: a.scored + b.scored,
    changed: a.changed + b.changed,
    becameHot: a.becameHot + b.becameHot,
    becameCold: a.becameCold + b.becameCold,
  };
}

interface HourUnderWay extends HourCounts {
  readonly hour: Date;
  readonly fadeHours: number;
  readonly afterContact: number;
  readonly startedAt: Date;
}

/** The hour that is under way, or the next one; undefined: the target is reached. */
function nextHour(
  row: typeof leadScoring.$inferSelect,
  { target, now }: { readonly target: Date; readonly now: Date },
): HourUnderWay | undefined {
  const { hour: last, state } = row;
  if (state === 'running' && last !== null)
    return last > target ? undefined : { ...row, hour: last, startedAt: row.startedAt ?? now };
  const plan = planScoring({ last: last ?? undefined, hour: target });
  if (plan.mode === 'done') return undefined;
  const begun = { ...NOTHING, afterContact: 0, startedAt: now };
  if (last === null) return { ...begun, hour: target, fadeHours: 0 };
  const { fadeHours } = plan;
  return { ...begun, hour: hoursAfter(last, fadeHours > 0 ? fadeHours : 1), fadeHours };
}

/** The next contacts by number; what nobody is in any more, or ever was, is passed over. */
async function nextRange(db: Executor, after: number): Promise<ContactRange | undefined> {
  const [[row]] = (await db.execute(
    sql`SELECT MIN(id) AS first FROM ${contacts} WHERE id > ${after}`,
  )) as unknown as readonly [readonly { readonly first: number | null }[]];
  const first = row?.first ?? undefined;
  return first === undefined ? undefined : { after: first - 1, through: first - 1 + PAGE };
}

async function scorePage(
  tx: Executor,
  {
    range,
    hour,
    fadeHours,
    now,
  }: {
    readonly range: ContactRange;
    readonly hour: Date;
    readonly fadeHours: number;
    readonly now: Date;
  },
): Promise<HourCounts> {
  const crosses = isCrossing({ old: sql`p.old`, score: sql`p.score` });
  await tx.execute(sql`
    INSERT INTO ${leadScores} (contact_id, score, previous, points, opens, clicks, replies, page_views, minutes,
                               sales_page_visits, crossings, scored_at)
    SELECT p.contact_id, p.score, p.old, p.points, p.opens, p.clicks, p.replies, p.page_views, p.minutes,
           p.sales_page_visits, p.crossings + IF(${crosses}, 1, 0), ${hour}
    FROM (${scoredLeads({ range, hour, fadeHours })}) p
    ON DUPLICATE KEY UPDATE
      score = VALUES(score), previous = VALUES(previous), points = VALUES(points), opens = VALUES(opens),
      clicks = VALUES(clicks), replies = VALUES(replies), page_views = VALUES(page_views),
      minutes = VALUES(minutes), sales_page_visits = VALUES(sales_page_visits), crossings = VALUES(crossings),
      scored_at = VALUES(scored_at)`);
  const ofPage = sql`${inRange(sql`s.contact_id`, range)} AND s.scored_at = ${hour}`;
  const [{ affectedRows: changed }] = (await tx.execute(sql`
    INSERT INTO ${leadScoreHistory} (scored_at, contact_id, score, points)
    SELECT s.scored_at, s.contact_id, s.score, s.points FROM ${leadScores} s
    WHERE ${ofPage} AND s.score <> s.previous`)) as unknown as readonly [{ readonly affectedRows: number }];
  const [[counted]] = (await tx.execute(
    sql`SELECT COUNT(*) AS scored FROM ${leadScores} s WHERE ${ofPage}`,
  )) as unknown as readonly [readonly { readonly scored: number }[]];
  const told = await noteCrossings(tx, { ofPage, hour, now });
  return { scored: counted?.scored ?? 0, changed, ...told };
}

interface Crossing {
  readonly contactId: number;
  readonly number: number;
  readonly score: number;
  readonly previous: number;
  readonly email: string;
}

/** Each crossing once, with its event in the same transaction: the number is UNIQUE for the person. */
async function noteCrossings(
  tx: Executor,
  { ofPage, hour, now }: { readonly ofPage: ReturnType<typeof sql>; readonly hour: Date; readonly now: Date },
): Promise<Pick<HourCounts, 'becameHot' | 'becameCold'>> {
  const crosses = isCrossing({ old: sql`s.previous`, score: sql`s.score` });
  const [rows] = (await tx.execute(sql`
    SELECT s.contact_id AS contactId, s.crossings AS number, s.score, s.previous, c.email
    FROM ${leadScores} s JOIN ${contacts} c ON c.id = s.contact_id
    WHERE ${ofPage} AND ${crosses}
    ORDER BY s.contact_id`)) as unknown as readonly [readonly Crossing[]];
  const counts = { hot: 0, cold: 0 };
  for (const some of chunks(rows)) {
    // As everybody who notes events of a person, so that their numbers are in the order of their acceptance.
    await lockContacts(
      tx,
      some.map(({ email }) => email),
    );
    const names = await leadNames(
      tx,
      some.map(({ contactId }) => contactId),
    );
    const crossings = some.flatMap((one) => {
      const direction = crossingOf(one);
      return direction === undefined ? [] : [{ ...one, direction }];
    });
    for (const { direction } of crossings) counts[direction] += 1;
    await tx.insert(leadCrossings).values(
      crossings.map(({ contactId, number, score, previous, direction }) => ({
        contactId,
        number,
        direction,
        crossedAt: hour,
        score,
        previous,
        ...noticesOf(direction),
      })),
    );
    await noteOwnEvents(tx, {
      now,
      own: crossings.map(({ contactId, number, score, previous, direction }) => ({
        eventId: `lead-score:${contactId}:${number}`,
        type: `lead.became_${direction}`,
        resource: names.get(contactId) ?? `lead.contact-${contactId}`,
        contactId,
        occurredAt: hour,
        data: { score, previous, crossing: number },
      })),
    });
  }
  return { becameHot: counts.hot, becameCold: counts.cold };
}

/** Of who became hot sales is to be told. */
function noticesOf(direction: Direction) {
  const state = direction === 'hot' ? ('open' as const) : ('none' as const);
  return { channelState: state, mailState: state };
}

/** What websites call these people, where they call them `lead.…`, which is what triggers look for. */
async function leadNames(db: Executor, ids: readonly number[]): Promise<ReadonlyMap<number, string>> {
  const [rows] = (await db.execute(sql`
    SELECT contact_id AS contactId, MIN(resource) AS resource FROM ${contactResources}
    WHERE contact_id IN ${ids} AND resource LIKE 'lead.%' GROUP BY contact_id`)) as unknown as readonly [
    readonly { readonly contactId: number; readonly resource: string }[],
  ];
  return new Map(rows.map(({ contactId, resource }) => [contactId, resource]));
}

/** What the next hour would bring, for a dry run; reads page by page and writes nothing. */
export async function previewHour(
  db: Executor,
  { hour, fadeHours }: { readonly hour: Date; readonly fadeHours: number },
): Promise<HourCounts> {
  let counts = NOTHING;
  const change = { old: sql`p.old`, score: sql`p.score` };
  for (let range = await nextRange(db, 0); range !== undefined; range = await nextRange(db, range.through)) {
    const [[row]] = (await db.execute(sql`
      SELECT COUNT(*) AS scored, SUM(p.score <> p.old) AS changed, SUM(${becomesHot(change)}) AS becameHot,
             SUM(${becomesCold(change)}) AS becameCold
      FROM (${scoredLeads({ range, hour, fadeHours })}) p`)) as unknown as readonly [
      readonly Readonly<Record<keyof HourCounts, number | string | null>>[],
    ];
    // Sums come as texts.
    const of = (name: keyof HourCounts) => Number(row?.[name] ?? 0);
    counts = added(counts, {
      scored: of('scored'),
      changed: of('changed'),
      becameHot: of('becameHot'),
      becameCold: of('becameCold'),
    });
  }
  return counts;
}

/** What was done for the hours after `after` up to and with `through`, by whatever run. */
export async function scoredHours(
  db: Executor,
  { after, through }: { readonly after: Date | undefined; readonly through: Date },
): Promise<HourCounts & { readonly hours: number }> {
  const since = after === undefined ? hoursAfter(through, -1) : after;
  const [[row]] = (await db.execute(sql`
    SELECT COUNT(*) AS hours, SUM(scored) AS scored, SUM(changed) AS changed, SUM(became_hot) AS becameHot,
           SUM(became_cold) AS becameCold
    FROM ${leadScoreHours} WHERE hour > ${since} AND hour <= ${through}`)) as unknown as readonly [
    readonly Readonly<Record<keyof HourCounts | 'hours', number | string | null>>[],
  ];
  const of = (name: keyof HourCounts | 'hours') => Number(row?.[name] ?? 0);
  return {
    hours: of('hours'),
    scored: of('scored'),
    changed: of('changed'),
    becameHot: of('becameHot'),
    becameCold: of('becameCold'),
  };
}

const ROWS_PRUNED_TOGETHER = 20_000;

/**
 * Takes out history that is older, some rows at a time; the last hour that is done stays, whatever its age.
 * @returns whether there may be more.
 */
export async function pruneHistory(db: Executor, { before }: { readonly before: Date }): Promise<boolean> {
  const [{ affectedRows }] = (await db.execute(sql`
    DELETE FROM ${leadScoreHistory} WHERE scored_at < ${before}
    ORDER BY scored_at, contact_id LIMIT ${ROWS_PRUNED_TOGETHER}`)) as unknown as readonly [
    { readonly affectedRows: number },
  ];
  if (affectedRows === ROWS_PRUNED_TOGETHER) return true;
  const { lastDone } = await scoringState(db);
  if (lastDone !== undefined)
    await db.delete(leadScoreHours).where(sql`hour < ${before} AND hour < ${lastDone}`);
  return false;
}
