import { expect, it } from 'vitest';
import { readEvent } from '../events/read-event.ts';

const now = new Date('2026-11-21T09:00:00Z');

function read(type: string, data: unknown, more: object = {}) {
  const raw = { type, timestamp: '2026-11-21T08:59:00Z', resource: 'lead.42', data, ...more };
  return readEvent(raw, { webhookId: 'msg_1', at: '', now });
}

function fieldsOf(result: ReturnType<typeof read>): readonly string[] {
  return result.ok ? [] : result.errors.map(({ field }) => field);
}

it.each([
  [{ red: -1, orange: 0 }, ['data.red']],
  [{ red: 9, orange: 0 }, ['data.red', 'data']],
  [{ red: '2', orange: 0 }, ['data.red']],
  [{ red: 2.5, orange: 0 }, ['data.red']],
  [{ red: true, orange: null }, ['data.red', 'data.orange']],
  [{ orange: 1 }, ['data.red']],
  [{ red: 5, orange: 4 }, ['data']],
  [{ red: 1, orange: 1, score: 101 }, ['data.score']],
  [{ red: 1, orange: 1, score: '65' }, ['data.score']],
])('refuses the assessment %j', (marks, fields) => {
  expect(fieldsOf(read('lead.assessment_complete', { email: 'sarah@example.com', ...marks }))).toEqual(
    fields,
  );
});

it.each([
  [{ red: 2, orange: 1, yellow: 2, green: 3, score: 65 }],
  [{ red: 0, orange: 0, yellow: 2, green: 6 }],
  [{ red: 3, orange: 2, yellow: 1, green: 0 }],
  [{ red: 8, orange: 0 }],
])('takes the assessment %j', (marks) => {
  expect(fieldsOf(read('lead.assessment_complete', { email: 'sarah@example.com', ...marks }))).toEqual([]);
});

it.each(['not-an-email', '', `${'x'.repeat(300)}@example.com`, 'zoë@example.com', 7, null])(
  'refuses the address %j, of declared types and of others',
  (email) => {
    for (const type of ['lead.opted_in', 'quiz.started'])
      expect(fieldsOf(read(type, { email }))).toEqual(['data.email']);
  },
);

it('takes an address in any spelling as the one that it is', () => {
  const [one, other] = [' SARAH@Example.com ', 'sarah@example.com'].map((email) =>
    read('lead.opted_in', { email }),
  );
  expect(one).toMatchObject({ ok: true, event: { person: { email: 'sarah@example.com' } } });
  expect(one).toEqual(other);
});

it('tells two events apart by what they say and not by how it is written', () => {
  const hash = (result: ReturnType<typeof read>) => (result.ok ? result.event.bodyHash : result.errors);
  const data = { a: 1, b: ['x', { c: null, d: 'Zo\u00eb' }] };
  const told = hash(read('quiz.started', data));
  expect(hash(read('quiz.started', { b: ['x', { d: 'Zoe\u0308', c: null }], a: 1 }))).toBe(told);
  expect(hash(read('quiz.started', data, { timestamp: '2026-11-21T10:59:00+02:00' }))).toBe(told);
  expect(hash(read('quiz.started', { ...data, a: 2 }))).not.toBe(told);
  expect(hash(read('quiz.started', data, { timestamp: '2026-11-21T08:59:00.001Z' }))).not.toBe(told);
  expect(hash(read('quiz.ended', data))).not.toBe(told);
});

it('keeps events of types that nobody declared, whatever data they have', () => {
  expect(read('quiz.started', { anything: [1, { deep: true }] })).toMatchObject({
    ok: true,
    event: { type: 'quiz.started', needsPerson: false, person: { email: undefined, fields: {} } },
  });
  expect(fieldsOf(read('quiz.started', { email: 'sarah@example.com', first_name: 5 }))).toEqual([
    'data.first_name',
  ]);
});
