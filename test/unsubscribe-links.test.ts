import { createHash, randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { addressHash, deriveKey } from '../mail/keys.ts';
import { pageHeaders } from '../mail/page.ts';
import {
  chosenScope,
  readUnsubscribeToken,
  type StoppableScope,
  unsubscribeUrl,
} from '../mail/unsubscribe.ts';
import { confirmationPage, donePage, invalidLinkPage } from '../mail/unsubscribe-pages.ts';

const secret = 'a secret that has more than thirty-two characters';
const publicUrl = 'https://events.example.com';
const scopes: readonly StoppableScope[] = ['all', 'marketing', 'reminders', 'reports'];
const link = {
  messageUuid: '7d444840-9dc0-51d1-b245-5ffdce74fad2',
  contactId: 42,
  scope: 'marketing',
} as const;

function tokenOf(more: Partial<Parameters<typeof unsubscribeUrl>[0]> = {}): string {
  return unsubscribeUrl({ publicUrl, secret, ...link, ...more }).slice(`${publicUrl}/u/`.length);
}

describe('an unsubscribe link', () => {
  it('says which mail, whose, and what it stops', () => {
    for (const scope of scopes) {
      for (const contactId of [0, 1, 4_294_967_296, Number.MAX_SAFE_INTEGER]) {
        const said = { messageUuid: randomUUID(), contactId, scope };
        expect(readUnsubscribeToken(secret, tokenOf(said))).toEqual(said);
      }
    }
  });

  it('is the same for ever, for links in old mails must work', () => {
    expect(unsubscribeUrl({ publicUrl, secret, ...link })).toBe(
      'https://events.example.com/u/AQEAAAAAAAAAKn1ESECdwFHRskVf_c50-tLkzFd1a4JL9mTa1hXAiQuq',
    );
  });

  it('needs no encoding in an address', () => {
    for (let i = 0; i < 50; i++)
      expect(tokenOf({ messageUuid: randomUUID() })).toMatch(/^[A-Za-z0-9_-]{56}$/);
  });

  it('is refused with any character changed', () => {
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
    const token = tokenOf();
    for (let at = 0; at < token.length; at++) {
      for (const other of alphabet) {
        if (other === token[at]) continue;
        const changed = token.slice(0, at) + other + token.slice(at + 1);
        expect(readUnsubscribeToken(secret, changed), `character ${at} as ${other}`).toBeUndefined();
      }
    }
  });

  it.each([
    '',
    'x',
    'é'.repeat(56),
    `${tokenOf()}A`,
    tokenOf().slice(1),
    ` ${tokenOf()}`,
    `${tokenOf()}\n`,
    `${tokenOf()}=`,
  ])('is refused cut, lengthened or as nonsense: %j', (token) => {
    expect(readUnsubscribeToken(secret, token)).toBeUndefined();
  });

  it('is refused under another secret', () => {
    expect(readUnsubscribeToken(`${secret}!`, tokenOf())).toBeUndefined();
  });

  it('is not made for a message or a contact that is none', () => {
    expect(() => tokenOf({ messageUuid: '42' })).toThrow(RangeError);
    for (const contactId of [-1, 1.5, Number.NaN]) expect(() => tokenOf({ contactId })).toThrow(RangeError);
  });
});

describe('what a POST stops', () => {
  it('is the kind of mail of the link, when a mail program unsubscribes in one click', () => {
    expect(chosenScope(link, { 'List-Unsubscribe': 'One-Click' })).toBe('marketing');
  });

  it('is all when the page says so, and never less than the link', () => {
    expect(chosenScope(link, { stop: 'all' })).toBe('all');
    expect(chosenScope(link, { stop: 'this' })).toBe('marketing');
    expect(chosenScope(link, { stop: 'nothing' })).toBe('marketing');
    expect(chosenScope({ scope: 'all' }, { stop: 'this' })).toBe('all');
  });
});

describe('the pages', () => {
  const pages = [
    ...scopes.flatMap((scope) => [confirmationPage({ scope }), donePage({ scope })]),
    invalidLinkPage(),
  ];

  it('load nothing, run nothing, and are allowed no more by their headers', () => {
    for (const page of pages) {
      expect(page).not.toMatch(/<script|<img|<link|src=|href=|url\(|@import|https?:/i);
      const style = /<style>([\s\S]*)<\/style>/.exec(page)?.[1] ?? '';
      const digest = createHash('sha256').update(style).digest('base64');
      expect(pageHeaders['content-security-policy']).toContain(`style-src 'sha256-${digest}'`);
    }
    expect(pageHeaders['content-security-policy']).toContain("default-src 'none'");
    expect(pageHeaders['referrer-policy']).toBe('no-referrer');
  });

  it('have a language, a title and one heading', () => {
    for (const page of pages) {
      expect(page).toMatch(/<html lang="en">/);
      expect(page).toMatch(/<title>[^<]+<\/title>/);
      expect(page.match(/<h1>/g)).toHaveLength(1);
    }
  });

  it('ask before they change anything, and let choose between this kind of mail and all', () => {
    const page = confirmationPage({ scope: 'reminders' });
    expect(page).toContain('<form method="post">');
    expect(page).toContain('value="this" checked> <span>reminders</span>');
    expect(page).toContain('value="all"');
    expect(confirmationPage({ scope: 'all' })).not.toContain('type="radio"');
  });
});

describe('derived keys', () => {
  it('differ by purpose and secret, and stay the same for both', () => {
    const key = deriveKey(secret, 'a');
    expect(key).toHaveLength(32);
    expect(deriveKey(secret, 'a').equals(key)).toBe(true);
    expect(deriveKey(secret, 'b').equals(key)).toBe(false);
    expect(deriveKey(`${secret}!`, 'a').equals(key)).toBe(false);
  });

  it('hash an address so that nobody can try addresses without the secret', () => {
    const hash = addressHash(secret, 'ann@example.com');
    expect(hash).toMatch(/^[0-9a-f]{64}$/);
    expect(addressHash(secret, 'ann@example.com')).toBe(hash);
    expect(addressHash(`${secret}!`, 'ann@example.com')).not.toBe(hash);
    expect(addressHash(secret, 'bob@example.com')).not.toBe(hash);
    expect(hash).not.toBe(createHash('sha256').update('ann@example.com').digest('hex'));
  });
});
