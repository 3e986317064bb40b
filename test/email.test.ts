import { describe, expect, it } from 'vitest';
import { canonicalEmail } from '../domain/email.ts';

const email = (raw: string | null) => {
  const result = canonicalEmail(raw);
  return result.ok ? result.email : result.fault;
};

describe('canonical e-mail', () => {
  it.each([
    ['Anna@Example.COM', 'anna@example.com'],
    ['\u00A0\u2003anna@example.com\uFEFF\u0085', 'anna@example.com'],
    ["o'hara+tag@example.com", "o'hara+tag@example.com"],
    ['ivan@пример.рф', 'ivan@xn--e1afmkfd.xn--p1ai'],
    ['a@Straße.de', 'a@xn--strae-oqa.de'],
    ['a@ex。ample.com', 'a@ex.ample.com'],
    ['a@localhost', 'a@localhost'],
    [`${'x'.repeat(64)}@e.com`, `${'x'.repeat(64)}@e.com`],
  ])('%j is %s', (raw, expected) => expect(email(raw)).toBe(expected));

  it.each([null, '', '   ', '\t\r\n', '\u00A0\uFEFF\u3000'])('%j is no address at all', (raw) => {
    expect(email(raw)).toBe('no_email');
  });

  it.each([
    'not-an-email',
    'two@at@example.com',
    '@example.com',
    'anna@',
    'a b@example.com',
    'a@b..c',
    'a@-b.de',
    'a@under_score.de',
    "bobby');DROP TABLE x;--@example.com",
    `${'x'.repeat(65)}@e.com`,
    `a@${'b'.repeat(63)}.${'c'.repeat(63)}.${'d'.repeat(63)}.${'e'.repeat(63)}.com`,
    'k@exam%41ple.рф',
    'k@１２７.0.0.1',
    'ü@under_score.de',
    `${'ü'.repeat(65)}@example.de`,
  ])('%s is invalid', (raw) => expect(email(raw)).toBe('invalid_email'));

  it.each(['müller@example.de', 'иван@пример.рф', '\u212Aate@example.com', 'straße@example.de'])(
    '%s has no other fault than a local part outside ASCII, and is nobody else',
    (raw) => expect(email(raw)).toBe('unsupported_email'),
  );
});
