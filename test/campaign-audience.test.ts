import { expect, it } from 'vitest';
import { audiencePage } from '../db/campaign-audience.ts';
import { type Audience, audienceText } from '../domain/campaigns/audience.ts';
import { checkCampaigns } from '../domain/campaigns/check.ts';
import { defineCampaign } from '../domain/campaigns/definition.ts';
import { type Facts, holds, type Predicate } from '../domain/journeys/predicate.ts';
import { SEGMENTS, segmentOfFacts } from '../domain/journeys/segment.ts';
import { type CampaignStage, news, openStage, type TestPerson, times } from './support/campaigns/stage.ts';

async function members(stage: CampaignStage, audience: Audience): Promise<readonly number[]> {
  const found: number[] = [];
  for (let after = 0; ; after = found.at(-1) ?? 0) {
    const page = await audiencePage(stage.ours.orm, {
      audience,
      zones: { butNot: [] },
      after,
      upTo: Number.MAX_SAFE_INTEGER,
      most: 7,
    });
    found.push(...page.map(({ id }) => id));
    if (page.length < 7) return found;
  }
}

const VALUES: readonly unknown[] = [
  0,
  1,
  2,
  3,
  -1,
  2.5,
  50,
  1e9,
  true,
  false,
  null,
  '',
  'a',
  'A',
  'a ',
  'ä',
  'workshop',
  '2',
  'true',
  "O'Brien",
  '100%',
];

it('chooses the very people whom a condition of a journey fits, whatever is known of them', async () => {
  const stage = await openStage([news()]);
  const facts: readonly Facts[] = times(120, (index) => ({
    ...(index % 5 === 0 ? {} : { x: VALUES[index % VALUES.length] }),
    ...(index % 3 === 0 ? {} : { red: VALUES[(index * 7) % VALUES.length] }),
    ...(index % 4 === 0 ? {} : { orange: VALUES[(index * 11) % VALUES.length] }),
  }));
  const ids = await stage.people(facts.map((fields): TestPerson => ({ fields })));
  const values = VALUES.filter((value) => value !== null) as (string | number | boolean)[];
  const ops = ['eq', 'ne', 'lt', 'lte', 'gt', 'gte'] as const;
  const leaves: Predicate[] = [
    { field: 'x', op: 'known' },
    { field: 'x', op: 'in', value: ['a', 2, true] },
    { field: 'x', op: 'in', value: [] },
    ...values.flatMap((value) => ops.map((op): Predicate => ({ field: 'x', op, value }))),
  ];
  const nested: Predicate[] = [
    { all: [] },
    { not: { field: 'x', op: 'eq', value: 'a' } },
    { any: [{ field: 'x', op: 'gt', value: 1 }, { not: { field: 'red', op: 'known' } }] },
    {
      all: [
        { field: 'red', op: 'gte', value: 1 },
        { not: { any: [{ field: 'orange', op: 'lt', value: 2 }] } },
      ],
    },
  ];
  for (const predicate of [...leaves, ...nested]) {
    const expected = ids.filter((_, index) => holds(predicate, facts[index] ?? {}));
    expect({ predicate, members: await members(stage, predicate) }).toEqual({ predicate, members: expected });
  }
  for (const segment of SEGMENTS) {
    const expected = ids.filter((_, index) => segmentOfFacts(facts[index] ?? {}).segment === segment);
    expect({ segment, members: await members(stage, { segment }) }).toEqual({ segment, members: expected });
  }
});

it('knows names, scores, journeys, funnels and campaigns as plain SQL does', async () => {
  const stage = await openStage([news()]);
  await stage.people([
    ...times(
      30,
      (index): TestPerson => ({
        ...(index % 2 === 0 ? { firstName: 'Sarah' } : {}),
        ...(index % 3 === 0 ? { timezone: 'Europe/Berlin' } : {}),
      }),
    ),
    { erased: true },
  ]);
  const { pool } = stage.ours;
  await pool.query(`INSERT INTO lead_scores (contact_id, score, previous, points, scored_at)
    SELECT id, id * 3, 0, 0, NOW() FROM contacts WHERE id <= 25`);
  await pool.query(`INSERT INTO journey_runs (workflow_id, journey, definition_hash, contact_id, anchor_at, state, started_at, goal_at)
    SELECT CONCAT('w', id), 'nurture', 'x', id, NOW(), IF(id % 2, 'running', 'completed'), NOW(), IF(id % 3, NULL, NOW())
      FROM contacts WHERE id <= 12`);
  await pool.query(`INSERT INTO funnel_entries (email, funnel_type, entered_at, certificate_purchased)
    SELECT email, 'language', NOW(), id % 4 = 0 FROM contacts WHERE id > 20 AND erased_at IS NULL`);
  await pool.query(`INSERT INTO messages (message_key, uuid, kind, scope, contact_id, email, template, template_version, params, state, due_at, prepared_at, opened_at)
    SELECT CONCAT('campaign/spring/1/', id), UUID(), 'campaign', 'marketing', id, email, 'x', 'x', '{}', IF(id % 5, 'accepted', 'withheld'), NOW(), NOW(), IF(id % 2, NOW(), NULL)
      FROM contacts WHERE id <= 20`);
  const cases: readonly (readonly [Audience, string])[] = [
    [{ field: 'first_name', op: 'eq', value: 'Sarah' }, "first_name = 'Sarah'"],
    [{ field: 'timezone', op: 'ne', value: 'UTC' }, "timezone = 'Europe/Berlin'"],
    [{ leadScore: 'gte', value: 50 }, 'id IN (SELECT contact_id FROM lead_scores WHERE score >= 50)'],
    [{ leadScore: 'lt', value: 10 }, 'id < 4 OR id > 25'],
    [{ journey: 'nurture' }, 'id <= 12'],
    [{ journey: 'nurture', state: 'running' }, 'id <= 12 AND id % 2 = 1'],
    [{ journey: 'nurture', reachedGoal: false }, 'id <= 12 AND id % 3 <> 0'],
    [{ funnel: 'language', purchased: false }, 'id > 20 AND id % 4 <> 0'],
    [{ funnel: 'non_language' }, 'FALSE'],
    [{ receivedCampaign: 'spring' }, 'id <= 20 AND id % 5 <> 0'],
    [{ receivedCampaign: 'spring', opened: true }, 'id <= 20 AND id % 5 <> 0 AND id % 2 = 1'],
    [{ receivedCampaign: 'spring', opened: false }, 'id <= 20 AND id % 5 <> 0 AND id % 2 = 0'],
    [{ receivedCampaign: 'sprin' }, 'FALSE'],
    [{ not: { any: [{ journey: 'nurture' }, { funnel: 'language' }] } }, 'id BETWEEN 13 AND 20'],
  ];
  for (const [audience, condition] of cases) {
    const rows = await stage.sql<{ id: number }>(
      `SELECT id FROM contacts WHERE erased_at IS NULL AND (${condition}) ORDER BY id`,
    );
    expect({ audience, members: await members(stage, audience) }).toEqual({
      audience,
      members: rows.map(({ id }) => id),
    });
  }
});

it('says an audience in words', () => {
  const audience: Audience = {
    all: [
      { segment: 'urgent' },
      {
        any: [
          { funnel: 'language', purchased: false },
          { journey: 'nurture', state: 'completed', reachedGoal: true },
        ],
      },
      { not: { receivedCampaign: 'spring' } },
    ],
  };
  expect(audienceText(audience)).toBe(
    'segment urgent and (in funnel language and not purchased or completed in journey nurture and reached its goal) and not got campaign spring',
  );
  expect(audienceText({ all: [] })).toBe('everybody');
});

it.each<[Partial<Parameters<typeof news>[0]>, string]>([
  [{ id: 'No Words' }, 'its id must be lower case words'],
  [{ audience: { field: 'x"), 1)', op: 'eq', value: 1 } }, 'is not made of letters'],
  [{ audience: { field: 'x', op: 'like' as 'eq', value: 1 } }, 'there is no comparison like'],
  [{ audience: { any: [] } }, 'any of nothing is nobody'],
  [{ audience: { journey: 'nowhere' } }, 'there is no journey nowhere'],
  [{ audience: { segment: 'rich' as 'urgent' } }, 'there is no segment rich'],
  [
    { send: { at: '2026-02-30T09:00', zone: 'recipient' } },
    'is neither like 2026-12-01T09:00 nor like 09:00',
  ],
  [{ send: { at: '09:00', zone: 'Mars/Base' } }, 'is neither recipient nor an IANA zone'],
  [{ rate: { most: 0, per: 'second' } }, 'rate must be like'],
  [{ fresh: '5s' as '5m' }, 'fresh 5s is no duration'],
  [{ window: { from: '09:00', to: '09:00' } }, 'begins and ends at the same time'],
  [{ arms: { a: { weight: 50 }, b: { weight: 40 } } }, 'are 90 percent together'],
])('refuses %j', (more, problem) => {
  const found = checkCampaigns([defineCampaign({ ...news(), ...more })], { journeys: new Set(['nurture']) });
  expect(found.join('\n')).toContain(problem);
});

it('refuses two campaigns of one id, and two that are meant for the event without a name', () => {
  const [one, other] = [
    defineCampaign({ ...news(), isManual: true }),
    defineCampaign({ ...news(), isManual: true }),
  ];
  expect(checkCampaigns([one, other])).toEqual([
    'news: two campaigns have this id',
    'news: only one campaign may be isManual',
    'news: only one campaign may be isManual',
  ]);
});
