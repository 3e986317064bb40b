import { CERTIFICATE_TESTS, CERTIFICATES, POPULARITY } from './catalogue.ts';
import { inventPeople, type Person } from './people.ts';
import { type Purchase, purchaseRows } from './purchases.ts';
import { pick, pickWeighted, type Random, seededRandom } from './random.ts';
import { paymentDelay, repeatVisits, visitTimes } from './rhythm.ts';
import type { SiteRows, SittingRow } from './rows.ts';

type TestClass = keyof typeof POPULARITY;

const DAY = 86_400_000;

/** Above every id that the edge cases use or deliberately leave dangling (user 999, result 9999). */
const FIRST_SITTING_ID = 1000;
const FIRST_PURCHASE_IDS = { user: 5000, result: 20_000, payment: 5000 } as const;

/** Share of the people who pay for a certificate, and of those who only try to. */
const BUYERS = 0.078;
const TRIERS = 0.02;

type ResidentRows = Pick<SiteRows, 'sittings' | 'certificateUsers' | 'certificateResults' | 'payments'>;

/**
 * The ordinary people of the demo site, who they are, what they sat, what they bought. The people are always
 * the same ones, what they did is the same for the same `now`.
 * Of the buyers some paid before their first sitting, most after it, and some will pay only in the days after `now`,
 * so that a funnel that runs on sees conversions come in.
 *
 * @param now UTC; sittings end there.
 * @param taken Canonical addresses that belong to somebody else.
 */
export function residentRows({
  people,
  now,
  taken,
}: {
  people: number;
  now: Date;
  taken: Iterable<string>;
}): ResidentRows {
  const random = seededRandom(20_251_201);
  const drawVisit = visitTimes({ random, now });
  const sittings: (SittingRow & { Datep: Date })[] = [];
  const purchases: (Purchase & { orderedAt: number })[] = [];

  for (const person of inventPeople({ random, count: people, taken })) {
    const interests = pickWeighted<readonly TestClass[]>(random, [
      [['language'], 77],
      [['non_language'], 17],
      [['language', 'non_language'], 6],
    ]);
    const visits = repeatVisits({ random, first: drawVisit(), now });
    for (const [index, visit] of visits.entries()) {
      sittings.push(
        sittingOf({ random, person, interest: interests[index % interests.length] ?? 'language', visit }),
      );
    }
    const [first = now] = visits;
    const fate = random();
    if (fate < BUYERS)
      purchases.push(paidPurchase({ random, person, interest: pick(random, interests), first, now }));
    else if (fate < BUYERS + TRIERS)
      purchases.push(unpaidPurchase({ random, person, interest: pick(random, interests), first, now }));
  }
  for (let count = Math.round(people * 0.03); count > 0; count -= 1) {
    sittings.push(sittingWithoutAddress({ random, visit: drawVisit() }));
  }

  sittings.sort((a, b) => a.Datep.getTime() - b.Datep.getTime());
  purchases.sort((a, b) => a.orderedAt - b.orderedAt);
  return {
    sittings: sittings.map((sitting, index) => ({ ...sitting, Id: FIRST_SITTING_ID + index })),
    ...purchaseRows(purchases, { firstIds: FIRST_PURCHASE_IDS }),
  };
}

function sittingOf({
  random,
  person,
  interest,
  visit,
}: {
  random: Random;
  person: Person;
  interest: TestClass;
  visit: Date;
}): SittingRow & { Datep: Date } {
  const Status = pickWeighted<number | null>(random, [
    [1, 955],
    [0, 40],
    [null, 5],
  ]);
  // Two rolls make middling scores the most common ones.
  const score = Math.round((30 + 35 * random() + 35 * random()) * 10) / 10;
  return {
    Email: person.email,
    Name: person.name,
    Country: person.country,
    TestId: pickWeighted<number>(random, POPULARITY[interest]),
    Datep: visit,
    Status,
    ...(Status === 1 ? { Score: score } : {}),
  };
}

/** Many try a test and leave no address, or one that cannot be right. */
function sittingWithoutAddress({
  random,
  visit,
}: {
  random: Random;
  visit: Date;
}): SittingRow & { Datep: Date } {
  const Email = pickWeighted<string | null>(random, [
    [null, 45],
    ['', 35],
    ['-', 4],
    ['none', 4],
    ['maria@example,com', 4],
    ['example.com', 4],
    ['tom@@example.org', 4],
  ]);
  return { Email, TestId: pickWeighted<number>(random, POPULARITY.language), Datep: visit, Status: 1 };
}

interface Order {
  readonly random: Random;
  readonly person: Person;
  readonly interest: TestClass;
  readonly first: Date;
  readonly now: Date;
}

function paidPurchase({ random, person, interest, first, now }: Order): Purchase & { orderedAt: number } {
  // A funnel looks back 30 days; who came before that is not in it when the payment arrives.
  const recent = now.getTime() - first.getTime() < 28 * DAY;
  const paidAt = pickWeighted(random, [
    [new Date(first.getTime() - Math.round(1 + random() * 200) * (DAY / 8)), 18],
    [new Date(Math.min(first.getTime() + paymentDelay(random), now.getTime())), 45],
    [new Date(now.getTime() + paymentDelay(random)), recent ? 37 : 0],
  ]);
  return { ...orderOf({ random, person, interest }), status: 2, paidAt, orderedAt: paidAt.getTime() };
}

function unpaidPurchase({ random, person, interest, first, now }: Order): Purchase & { orderedAt: number } {
  const orderedAt = Math.min(first.getTime() + paymentDelay(random), now.getTime());
  const [status, paidAt] = pickWeighted<readonly [number, Date | string | null]>(random, [
    [[1, null], 40],
    [[1, new Date(orderedAt)], 15],
    [[3, new Date(orderedAt)], 25],
    [[2, null], 10],
    [[2, '0000-00-00 00:00:00'], 10],
  ]);
  return { ...orderOf({ random, person, interest }), status, paidAt, orderedAt };
}

function orderOf({ random, person, interest }: Pick<Order, 'random' | 'person' | 'interest'>) {
  const certificateTest = pickWeighted<number>(random, CERTIFICATES[interest]);
  const price = CERTIFICATE_TESTS.find(({ id }) => id === certificateTest)?.price;
  return {
    email: person.email.trim(),
    fullname: person.name,
    certificateTest,
    ...(price === undefined ? {} : { amount: price }),
  };
}
