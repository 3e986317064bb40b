import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { previewCampaignReview } from '../activities/marketing-preview.ts';
import { readArtefact } from '../db/artefacts.ts';
import { readFileToken } from '../mail/file-links.ts';
import { campaignReviewHtml } from '../reports/campaign-review-html.ts';
import { sluice } from './support/command.ts';
import {
  entryRow,
  insert,
  type MarketingRoom,
  messageRow,
  openMarketingRoom,
  RECIPIENT,
  random,
  sqlTime,
} from './support/marketing.ts';
import { LINK_SECRET } from './support/marketing-worker.ts';
import { scratchFolder } from './support/scratch.ts';

/** Monday; the week is 24 to 30 March in Berlin, which ends with a day of 23 hours. */
const MONDAY = '2025-03-31T07:00:00Z';
const CLOCK = '2025-03-31T07:00:05Z';
const BEFORE_FROM = '2025-03-16 23:00:00';
const WEEK_FROM = '2025-03-23 23:00:00';
const WEEK_TO = '2025-03-30 22:00:00';
const JOURNEYS = [{ id: 'welcome', goal: 'lead.booked' }, { id: 'quiet' }];

function runRow(
  id: number,
  { journey, at, goalAt }: { journey: string; at: string; goalAt?: string | undefined },
) {
  return {
    id,
    workflow_id: `journey/${journey}/${id}/1`,
    journey,
    definition_hash: 'x',
    // Every fifth person enters twice.
    contact_id: id % 5 === 0 ? id - 1 : id,
    anchor_at: at,
    state: 'running',
    started_at: at,
    goal_at: goalAt ?? null,
  };
}

async function fill(room: MarketingRoom, seed = 1): Promise<void> {
  const pick = random(seed);
  const start = Date.parse('2025-03-14T00:00:00Z');
  const edges = [BEFORE_FROM, WEEK_FROM, WEEK_TO].map((text) => Date.parse(`${text.replace(' ', 'T')}Z`));
  const at = () => (pick(4) === 0 ? (edges[pick(3)] ?? 0) + pick(3) - 1 : start + pick(20 * 86_400_000));
  const later = (ms: number) => (pick(2) === 0 ? sqlTime(ms + pick(6 * 86_400_000)) : undefined);
  const ids = Array.from({ length: 500 }, (_, n) => n + 1);
  await insert(
    room,
    'funnel_entries',
    ids.map((id) => {
      const entered = at();
      return entryRow(id, sqlTime(entered), {
        funnel: pick(2) === 0 ? 'language' : 'non_language',
        boughtAt: later(entered),
      });
    }),
  );
  await insert(
    room,
    'journey_runs',
    ids.map((id) => {
      const entered = at();
      return runRow(id, {
        journey: pick(3) === 0 ? 'removed-one' : 'welcome',
        at: sqlTime(entered),
        goalAt: later(entered),
      });
    }),
  );
  await insert(
    room,
    'messages',
    ids.map((id) => {
      const sent = at();
      const isCampaign = pick(3) === 0;
      return messageRow(id, {
        ...(isCampaign
          ? { kind: 'campaign', key: `campaign/spring-${pick(2)}/${id}`, template: 'campaign-plain' }
          : { run: id }),
        accepted: pick(6) === 0 ? undefined : sqlTime(sent),
        delivered: later(sent),
        opened: later(sent),
        clicked: later(sent),
        bounced: later(sent),
        unsubscribed: later(sent),
      });
    }),
  );
  await insert(
    room,
    'exposures',
    ids
      .filter((id) => id % 5 !== 0)
      .map((id) => ({
        experiment: 'subject',
        contact_id: id,
        arm: id % 2 === 0 ? 'a' : 'b',
        journey_run_id: id,
        exposed_at: '2025-03-25 10:00:00',
      })),
  );
}

async function preview(room: MarketingRoom) {
  const { review } = await previewCampaignReview(room.database.orm, {
    asOf: MONDAY,
    timezone: 'Europe/Berlin',
    journeys: JOURNEYS,
    now: new Date('2030-01-01T00:00:00Z'),
  });
  return review;
}

const HAPPENINGS = ['delivered', 'opened', 'clicked', 'bounced', 'unsubscribed'] as const;

/** One flow and week in plain SQL. */
async function bySql(
  room: MarketingRoom,
  { kind, id, from, to }: { kind: string; id: string; from: string; to: string },
) {
  const number = async (text: string) =>
    Number((await room.sql<{ n: number }>(`SELECT (${text}) AS n`))[0]?.n);
  const within = (column: string) => `${column} >= '${from}' AND ${column} < '${to}'`;
  const mailsOf =
    kind === 'journey'
      ? `FROM messages m JOIN journey_runs r ON r.id = m.journey_run_id WHERE r.journey = '${id}'`
      : `FROM messages m WHERE m.message_key LIKE 'campaign/${id}/%'`;
  const mails: Record<string, number> = {
    sent: await number(`SELECT COUNT(*) ${mailsOf} AND ${within('accepted_at')}`),
  };
  for (const one of HAPPENINGS)
    mails[one] = await number(
      `SELECT COUNT(*) ${mailsOf} AND ${within('accepted_at')} AND ${one}_at < '${to}'`,
    );
  if (kind === 'campaign') {
    return {
      entered: await number(`SELECT COUNT(*) ${mailsOf} AND ${within('prepared_at')}`),
      converted: null,
      goals: null,
      mails,
    };
  }
  if (kind === 'funnel') {
    const people = `SELECT COUNT(*) FROM funnel_entries WHERE funnel_type = '${id}'`;
    return {
      entered: await number(`${people} AND ${within('entered_at')}`),
      converted: await number(`${people} AND ${within('entered_at')} AND certificate_purchased_at < '${to}'`),
      goals: await number(`${people} AND ${within('certificate_purchased_at')}`),
      mails: null,
    };
  }
  const people = `SELECT COUNT(DISTINCT contact_id) FROM journey_runs WHERE journey = '${id}'`;
  return {
    entered: await number(`${people} AND ${within('started_at')}`),
    converted: await number(`${people} AND ${within('started_at')} AND goal_at < '${to}'`),
    goals: await number(`${people} AND ${within('goal_at')}`),
    mails,
  };
}

describe('campaignReview', () => {
  it('has the numbers of SQL for every funnel, journey and campaign, in both weeks', async () => {
    const room = await openMarketingRoom({ clock: CLOCK });
    await fill(room);
    const { flows } = await preview(room);
    expect(flows.map(({ kind, id, isKnown }) => [kind, id, isKnown])).toEqual([
      ['funnel', 'language', true],
      ['funnel', 'non_language', true],
      ['journey', 'welcome', true],
      ['journey', 'quiet', true],
      ['journey', 'removed-one', false],
      ['campaign', 'spring-0', true],
      ['campaign', 'spring-1', true],
    ]);
    for (const { kind, id, week, before } of flows.filter((flow) => flow.id !== 'quiet')) {
      expect({ id, ...week }).toEqual({
        id,
        ...(await bySql(room, { kind, id, from: WEEK_FROM, to: WEEK_TO })),
      });
      expect({ id, ...before }).toEqual({
        id,
        ...(await bySql(room, { kind, id, from: BEFORE_FROM, to: WEEK_FROM })),
      });
    }
    const welcome = flows.find(({ id }) => id === 'welcome');
    expect(welcome?.week.mails?.clicked).toBeGreaterThan(0);
    expect(welcome?.week.converted).toBeGreaterThan(0);
  });

  it('counts the people of each arm once, up to the end of the week', async () => {
    const room = await openMarketingRoom({ clock: CLOCK });
    await fill(room);
    const { experiments } = await preview(room);
    const rows = await room.sql<{ journey: string; arm: string; people: number; goals: string }>(
      `SELECT r.journey, x.arm, COUNT(DISTINCT r.contact_id) AS people,
              COUNT(DISTINCT CASE WHEN r.goal_at < '${WEEK_TO}' THEN r.contact_id END) AS goals
         FROM journey_runs r JOIN exposures x ON x.contact_id = r.contact_id
        WHERE r.started_at < '${WEEK_TO}' GROUP BY 1, 2 ORDER BY 1, 2`,
    );
    expect(
      experiments.flatMap(({ journey, arms }) =>
        arms.map(({ arm, people, goals }) => ({ journey, arm, people, goals })),
      ),
    ).toEqual(rows);
  });

  it('mails the review with a link to its page, once a week and recipient', async () => {
    const room = await openMarketingRoom({ clock: CLOCK, journeys: JOURNEYS });
    await fill(room);
    await room.startWorker();
    const [result, other] = await Promise.all([room.review(MONDAY), room.review(MONDAY)]);
    await room.review('2025-03-31T07:00:01Z');
    expect(result).toMatchObject({
      week: { first: '2025-03-24', last: '2025-03-30' },
      flows: 7,
      mail: { state: 'mailed', accepted: 1 },
    });
    expect([result, other].filter(({ isNew }) => isNew)).toHaveLength(1);
    const [mail, ...more] = await room.sandbox.control.mails();
    expect(more).toEqual([]);
    expect(mail?.to).toMatchObject([{ email: RECIPIENT }]);

    const review = await preview(room);
    const [, token = ''] = /\/f\/([A-Za-z0-9_-]+)/.exec(String(mail?.html)) ?? [];
    const link = readFileToken({ secret: LINK_SECRET, token });
    const chunks: Buffer[] = [];
    for await (const chunk of readArtefact(room.database.orm, link?.artefactId ?? 0)) chunks.push(chunk);
    const page = Buffer.concat(chunks).toString();
    expect(page).toBe(campaignReviewHtml(review));
    expect(page).not.toMatch(/<script|https?:\/\//);

    const welcome = review.flows.find(({ id }) => id === 'welcome')?.week;
    const percent = (((welcome?.mails?.clicked ?? 0) / (welcome?.mails?.sent ?? 1)) * 100).toFixed(1);
    expect(mail?.text).toContain(`Mails sent: ${welcome?.mails?.sent} (`);
    expect(mail?.text).toContain(`Clicked: ${percent}\u00a0%, `);
    expect(mail?.html).toContain('Journey removed-one (removed)');
  });

  it('gives the same review of an old week, byte for byte, whatever has changed since', async () => {
    const room = await openMarketingRoom({ clock: CLOCK, journeys: JOURNEYS });
    await fill(room);
    await room.startWorker();
    await room.review(MONDAY);
    const before = campaignReviewHtml(await preview(room));
    await room.database.pool.query('DELETE FROM journey_runs WHERE id < 200');
    await room.database.pool.query("UPDATE messages SET clicked_at = accepted_at WHERE kind = 'journey'");
    expect(await room.review(MONDAY)).toMatchObject({ isNew: false });
    expect(campaignReviewHtml(await preview(room))).toBe(before);
    expect(await room.sql('SELECT id FROM campaign_reviews')).toHaveLength(1);
  });

  it('makes the page again from the kept figures when its file has expired', async () => {
    const room = await openMarketingRoom({ clock: CLOCK });
    const first = await room.startWorker();
    await room.review(MONDAY);
    await room.database.pool.query('DELETE FROM artefacts');
    await first.stop();
    await room.startWorker({ recipients: [RECIPIENT, 'new@example.com'] });
    await room.review(MONDAY);
    const links = (await room.sandbox.control.mails()).map(
      ({ html }) => /\/f\/([A-Za-z0-9_-]+)/.exec(String(html))?.[1],
    );
    const [old, fresh] = links.map((token = '') => readFileToken({ secret: LINK_SECRET, token })?.artefactId);
    expect(fresh).toBeGreaterThan(old ?? Number.POSITIVE_INFINITY);
  });

  it('says what there is to say of an empty database', async () => {
    const room = await openMarketingRoom({ clock: CLOCK, journeys: JOURNEYS });
    await room.startWorker();
    expect(await room.review(MONDAY)).toMatchObject({ flows: 4, sent: 0, experiments: 0, remarks: 0 });
    const [mail] = await room.sandbox.control.mails();
    expect(mail?.subject).toBe('Campaign review, 24 to 30 March 2025: 0 mails sent');
    expect(mail?.text).toContain('Nothing was sent and nobody entered in these two weeks.');
    expect(`${mail?.text}${campaignReviewHtml(await preview(room))}`).not.toMatch(/NaN|Infinity|undefined/);
  });

  it('names the best and the weakest mail by clicks, of those that went out often enough', async () => {
    const room = await openMarketingRoom({ clock: CLOCK });
    const at = '2025-03-26 10:00:00';
    const mails = (template: string, sent: number, clicked: number, first: number) =>
      Array.from({ length: sent }, (_, n) =>
        messageRow(first + n, {
          kind: 'campaign',
          key: `campaign/spring/${first + n}`,
          template,
          accepted: at,
          clicked: n < clicked ? at : undefined,
        }),
      );
    await insert(room, 'messages', [
      ...mails('good', 100, 20, 1),
      ...mails('poor', 100, 2, 1_000),
      ...mails('rare', 49, 49, 2_000),
    ]);
    const { best, worst } = await preview(room);
    expect([best?.template, worst?.template]).toEqual(['good', 'poor']);
  });
});

it('sluice run campaign-review writes the page, and nothing else when it runs dry', async () => {
  const room = await openMarketingRoom({ clock: CLOCK });
  await fill(room);
  const file = join(scratchFolder(), 'review.html');
  const { code, stdout } = await sluice(
    room.env,
    'run',
    'campaign-review',
    '--as-of',
    MONDAY,
    '--dry-run',
    '--html',
    file,
  );
  expect(code).toBe(0);
  expect(stdout).toContain('Journey removed-one (removed)');
  expect(readFileSync(file, 'utf8')).toContain('Journey removed-one (removed)');
  expect(await room.sql('SELECT id FROM campaign_reviews')).toEqual([]);
});
