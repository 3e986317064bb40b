import { describe, expect, it } from 'vitest';
import { brevoParams, render } from '../mail/render.ts';
import { loadTemplates, SHIPPED_TEMPLATES } from '../mail/templates.ts';
import {
  failureOf,
  hello,
  mailOf,
  ours,
  problemsOf,
  templatesFolderWith,
  UNSUBSCRIBE,
} from './support/templates.ts';

const words = { type: 'text' } as const;

describe('render', () => {
  const variables = { first_name: { ...words, default: 'there' }, link: { type: 'url' } };
  const greeting = () =>
    hello('<p title="{{ first_name }}">Hi {{ first_name }}!</p><a href="{{ link }}">go</a>', {
      subject: 'For {{ first_name }}',
      preheader: 'Dear {{ first_name }}',
      variables,
    });
  const link = 'https://example.com/a';

  it('makes the same mail of the same values, with the text part made from the HTML', () => {
    const template = greeting();
    const mail = mailOf(template, { first_name: 'Ann', link, postal_address: 'Ltd, 1 Street' });
    expect(mailOf(template, { first_name: 'Ann', link, postal_address: 'Ltd, 1 Street' })).toEqual(mail);
    expect(mail.subject).toBe('For Ann');
    expect(mail.preheader).toBe('Dear Ann');
    expect(mail.text).toBe(
      `Hi Ann!\n\ngo <https://example.com/a>\n\n--\nUnsubscribe: ${UNSUBSCRIBE}\nLtd, 1 Street\n`,
    );
  });

  it.each([
    ['O’Brien & Söhne', 'O’Brien &amp; Söhne'],
    ["O'Brien", 'O&#39;Brien'],
    ['<script>alert(1)</script>', '&lt;script&gt;alert(1)&lt;/script&gt;'],
    ['" onmouseover="alert(1)', '&#34; onmouseover=&#34;alert(1)'],
    ['👩‍👩‍👧 Ann', '👩‍👩‍👧 Ann'],
    ['שרה לוי', 'שרה לוי'],
    ['&amp; &lt;b&gt;', '&amp;amp; &amp;lt;b&amp;gt;'],
    ['\\1 $& $1', '\\1 $&amp; $1'],
  ])('escapes %s in HTML once, and leaves subject and text as they are', (name, escaped) => {
    const { subject, html, text } = mailOf(greeting(), { first_name: name, link });
    expect(subject).toBe(`For ${name}`);
    expect(html).toContain(`<p title="${escaped}">Hi ${escaped}!</p>`);
    expect(html).toContain(`<title>For ${escaped}</title>`);
    expect(text).toContain(`Hi ${name}!`);
  });

  it('evaluates no placeholder in a value, nor leaves one to Brevo', () => {
    const evil = '{{ contact.EMAIL }}{% for x in y %}{# c #}{{{';
    const { subject, preheader, html, text } = mailOf(greeting(), {
      first_name: evil,
      link: `${link}?q={{x}}`,
    });
    for (const part of [subject, preheader, html, text]) expect(part).not.toMatch(/\{\{|\{%|\{#/);
    expect(html).toContain('&#123;&#123; contact.EMAIL }}');
    expect(subject).toContain('{ { contact.EMAIL }}');
    expect(html).toContain('href="https://example.com/a?q=%7B%7Bx%7D%7D"');
  });

  it('lets no value begin a header: line breaks and control characters leave the subject', () => {
    const name = 'Ann\r\nBcc: eve@example.com\u2028X\u0000\u0007\u202Etxt.exe';
    const { subject, preheader } = mailOf(greeting(), { first_name: name, link });
    expect(subject).toBe('For Ann Bcc: eve@example.com Xtxt.exe');
    expect(preheader).toBe('Dear Ann Bcc: eve@example.com Xtxt.exe');
  });

  it('keeps a very long word whole', () => {
    const long = 'Donaudampfschifffahrt'.repeat(40);
    const { html, text } = mailOf(greeting(), { first_name: long, link });
    expect(html).toContain(long);
    expect(text).toContain(long);
  });

  it.each([
    'javascript:alert(1)',
    'data:text/html,x',
    'ftp://example.com/',
    '//example.com/a',
    '/a',
    'https:example.com',
    'https://ann:secret@example.com/',
    'mailto:ann@example.com',
    'not an address',
    42,
  ])('refuses %s as an address', (bad) => {
    const error = failureOf(() => mailOf(greeting(), { link: bad }));
    expect(error).toMatchObject({ code: 'render_wrong_variable', sort: 'item' });
    expect(error.message).toBe(
      'template "hello" cannot be rendered: link must be an absolute http or https address',
    );
  });

  it('cannot be led out of an attribute by an address', () => {
    const { html } = mailOf(greeting(), { link: `${link}?a=1&b="><script>'` });
    expect(html).toContain('href="https://example.com/a?a=1&amp;b=%22%3E%3Cscript%3E%27"');
  });

  it('refuses what is missing, as null, blank, or absent, and names all of it', () => {
    const two = hello('{{ a }}{{ b }}{{ c }}', { variables: { a: words, b: words, c: words } });
    const error = failureOf(() => render(two, { a: null, b: ' \n', toString: 'x' }));
    expect(error).toMatchObject({ code: 'render_missing_variable', sort: 'item' });
    expect(error.message).toContain('no value for a, b, c, unsubscribe_url');
  });

  it.each([
    ['text', 1, 'a'],
    ['number', Number.NaN, 0.5],
    ['number', '1', -1],
    ['integer', 1.5, 0],
    ['integer', '3', 3],
    ['boolean', 'true', false],
    ['boolean', 1, true],
    ['date', '2026-02-29', '2028-02-29'],
    ['date', '2026-11-21T00:00:00Z', '2026-11-21'],
  ] as const)('takes for %s not %j but %j', (type, wrong, right) => {
    const template = hello('{{ v }}', { variables: { v: { type } } });
    const error = failureOf(() => mailOf(template, { v: wrong }));
    expect(error).toMatchObject({ code: 'render_wrong_variable', sort: 'item' });
    expect(error.message).toMatch(/^template "hello" cannot be rendered: v must be [^;]+$/);
    expect(mailOf(template, { v: right }).text).toContain(String(right));
  });

  it('prints days in words, the same in every zone of the machine', () => {
    const template = hello('{{ day | date: "%-d %B %Y" }}', { variables: { day: { type: 'date' } } });
    expect(mailOf(template, { day: '2026-03-01' }).text).toContain('1 March 2026');
  });

  it('uses a text of its own, and a paragraph for every empty line of a campaign', () => {
    const plain = ours(loadTemplates(SHIPPED_TEMPLATES).get('campaign-plain'));
    const given = { subject_line: 'S', headline: 'H', body_text: 'one\ntwo\r\n\r\nthree <b>' };
    const { html, text } = mailOf(plain, given);
    expect(html).toContain('<p>one<br>two</p>\n<p>three &lt;b&gt;</p>');
    expect(html).not.toContain('class="button"');
    expect(text).toContain('Hi there,\n\none\ntwo\n\nthree <b>\n');
  });

  it('offers no way out of mail that the person asked for by an action', () => {
    const template = hello('<p>Your receipt</p>', { scope: 'service' });
    const { html, text } = mailOf(template);
    expect(`${html}${text}`).not.toMatch(/unsubscribe/i);
  });

  it('takes a whole document, like one that MJML made', () => {
    const template = hello(
      '<!doctype html><html><body><p>Hi {{ name }}</p><a href="{{ unsubscribe_url }}">Unsubscribe</a></body></html>',
      { layout: 'own', variables: { name: words } },
    );
    const { html, text } = mailOf(template, { name: 'Ann' });
    expect(html).toBe(
      `<!doctype html><html><body><p>Hi Ann</p><a href="${UNSUBSCRIBE}">Unsubscribe</a></body></html>`,
    );
    expect(text).toBe(`Hi Ann\n\nUnsubscribe <${UNSUBSCRIBE}>\n`);
  });
});

describe('a template at Brevo', () => {
  const json = JSON.stringify({
    brevo: 12,
    scope: 'reports',
    variables: { name: words, score: { type: 'integer', optional: true } },
  });

  it('gets the declared parameters, checked, and the way out', () => {
    const folder = templatesFolderWith({ 'hello/template.json': json });
    const template = loadTemplates(folder).get('hello');
    if (template.source !== 'brevo') throw new Error('not a template at Brevo');
    expect(template).toMatchObject({ version: 'brevo:12', scope: 'reports' });
    const given = { name: 'Ann {{ x }}', other: 1, unsubscribe_url: UNSUBSCRIBE };
    expect(brevoParams(template, given)).toEqual({
      templateId: 12,
      params: { name: 'Ann { { x }}', unsubscribe_url: UNSUBSCRIBE },
    });
    expect(failureOf(() => brevoParams(template, { unsubscribe_url: UNSUBSCRIBE })).code).toBe(
      'render_missing_variable',
    );
  });

  it('has no files of ours', () => {
    expect(problemsOf({ 'template.json': json, 'body.html': 'x' })).toEqual([
      'hello body.html: nothing uses this file; known are template.json',
    ]);
    expect(problemsOf({ 'template.json': '{"brevo":"12","scope":"reports"}' })).toEqual([
      'hello template.json: brevo: it is wrong; must be the number of a template at Brevo',
    ]);
  });
});
