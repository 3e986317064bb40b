import { describe, expect, it } from 'vitest';
import { attachmentHeader } from '../events/content-disposition.ts';
import { fileUrl, readFileToken } from '../mail/file-links.ts';

const secret = 'a secret that has more than thirty-two characters';
const publicUrl = 'https://events.example.com';
const expiresAt = new Date('2027-01-01T00:00:00Z');

function tokenOf(more: Partial<Parameters<typeof fileUrl>[0]> = {}): string {
  return fileUrl({ publicUrl, secret, artefactId: 7, expiresAt, ...more }).slice(`${publicUrl}/f/`.length);
}

describe('a link to a file', () => {
  it('says which file, and until when', () => {
    for (const artefactId of [1, 4_294_967_296, Number.MAX_SAFE_INTEGER]) {
      expect(readFileToken({ secret, token: tokenOf({ artefactId }) })).toEqual({ artefactId, expiresAt });
    }
    const token = tokenOf({ expiresAt: new Date('2027-01-01T00:00:00.999Z') });
    expect(readFileToken({ secret, token })?.expiresAt).toEqual(expiresAt);
  });

  it('stays the same, for links in mails that are on their way', () => {
    expect(tokenOf()).toMatchInlineSnapshot(`"AQAAAAAAAAAHAGs27IDOhAoceYiEqjCXSqC0TZ4q"`);
  });

  it('is refused with any character changed, cut or added, and under another secret', () => {
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
    const token = tokenOf();
    for (let at = 0; at < token.length; at += 1) {
      for (const other of alphabet) {
        if (other === token[at]) continue;
        const changed = token.slice(0, at) + other + token.slice(at + 1);
        expect(readFileToken({ secret, token: changed }), `character ${at} as ${other}`).toBeUndefined();
      }
    }
    for (const changed of ['', token.slice(1), `${token}A`, `${token}=`, `${token}\n`]) {
      expect(readFileToken({ secret, token: changed })).toBeUndefined();
    }
    expect(readFileToken({ secret: `${secret}!`, token })).toBeUndefined();
  });

  it('is not made for a file or a time that is none', () => {
    for (const artefactId of [0, -1, 1.5, Number.NaN])
      expect(() => tokenOf({ artefactId })).toThrow(RangeError);
    expect(() => tokenOf({ expiresAt: new Date(Number.NaN) })).toThrow(RangeError);
    expect(() => tokenOf({ expiresAt: new Date(-1) })).toThrow(RangeError);
  });
});

describe('the name of a download', () => {
  it.each([
    ['report.csv', `attachment; filename="report.csv"; filename*=UTF-8''report.csv`],
    ['Отчёт.csv', `attachment; filename="_____.csv"; filename*=UTF-8''%D0%9E%D1%82%D1%87%D1%91%D1%82.csv`],
    ['a "b" (c).csv', `attachment; filename="a _b_ (c).csv"; filename*=UTF-8''a%20%22b%22%20%28c%29.csv`],
    ['../../etc/passwd', `attachment; filename="__.._etc_passwd"; filename*=UTF-8''__.._etc_passwd`],
    ['a\r\nset-cookie: x', `attachment; filename="a__set-cookie: x"; filename*=UTF-8''a__set-cookie%3A%20x`],
    ['100%\u202Egnp.exe', `attachment; filename="100__gnp.exe"; filename*=UTF-8''100%25_gnp.exe`],
  ])('is safe and whole: %j', (name, header) => {
    expect(attachmentHeader(name)).toBe(header);
  });

  it('is a header whatever it is', () => {
    for (const name of ['\ud800', '日本.pdf', '😀.png', '\u0000'])
      expect(attachmentHeader(name)).toMatch(/^[\x20-\x7e]+$/);
  });
});
