import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { problemLine } from '../mail/problem.ts';
import { render } from '../mail/render.ts';
import { sampleValues, trialValues } from '../mail/samples.ts';
import { frameVariables } from '../mail/template.ts';
import { checkTemplates, loadTemplates, SHIPPED_TEMPLATES } from '../mail/templates.ts';
import {
  failureOf,
  mailOf,
  ours,
  problemsOf,
  templateJson,
  templatesFolderWith,
} from './support/templates.ts';

const words = { type: 'text' } as const;

describe('the templates that come with Sluice', () => {
  const { templates, problems, warnings } = checkTemplates(SHIPPED_TEMPLATES);

  it('load without a problem or a warning', () => {
    expect(problems).toEqual([]);
    expect(warnings).toEqual([]);
  });

  it('are those that the journeys name', () => {
    expect(templates.map(({ name, scope }) => `${name} ${scope}`)).toEqual([
      'campaign-plain marketing',
      'campaign-review service',
      'hot-lead service',
      'marketing-report service',
      'nurture-2-critical marketing',
      'nurture-2-optimize marketing',
      'nurture-2-urgent marketing',
      'nurture-3 marketing',
      'nurture-4 marketing',
      'nurture-5-critical marketing',
      'nurture-5-optimize marketing',
      'nurture-5-urgent marketing',
      'nurture-invitation marketing',
      'query-report service',
      'query-report-trouble service',
      'quiz-month reports',
      'quiz-month-quiet reports',
      'quiz-reminder reminders',
      'sales-alert service',
      'test-mail service',
    ]);
  });

  it.each(templates.map((template) => [template.name, ours(template)] as const))(
    '%s leaves nothing unresolved, links to the way out, and says the same in text',
    (_, template) => {
      for (const values of trialValues([...template.variables, ...frameVariables(template.scope)])) {
        const { subject, preheader, html, text } = render(template, values);
        for (const part of [subject, preheader, html, text])
          expect(part).not.toMatch(/\{\{|\{%|undefined|null/);
        expect(html.includes('https://example.com/u/preview')).toBe(template.scope !== 'service');
        expect(text.includes('https://example.com/u/preview')).toBe(template.scope !== 'service');
        expect(subject).not.toContain('\n');
      }
    },
  );

  it('greet without a name where none is known, and begin no sentence in lower case', () => {
    for (const template of templates.map(ours)) {
      const known = { first_name: null, business_name: '  ' };
      const { text } = mailOf(template, { ...sampleValues(template.variables), ...known });
      expect(text).not.toMatch(/[.:?!]\s+your business/);
      expect(text.includes('Hi there,')).toBe(template.scope === 'marketing');
    }
  });

  it('say one area and two areas', () => {
    const urgent = ours(loadTemplates(SHIPPED_TEMPLATES).get('nurture-2-urgent'));
    const said = (red: number, orange: number) =>
      mailOf(urgent, { ...sampleValues(urgent.variables), red, orange }).text.replace(/\s+/g, ' ');
    expect(said(1, 0)).toContain('one area is red. Your score');
    expect(said(1, 1)).toContain('one area is red and 1 is orange.');
    expect(said(0, 4)).toContain('nothing is red, but 4 areas are orange.');
  });
});

describe('a folder does not load', () => {
  it('with a variable that is not declared: it names template, place and what there is', () => {
    const body = '<p>Hi {{ first_name }},</p>\n<p>News from {{ city }}.</p>';
    const json = templateJson({ variables: { first_name: words } });
    expect(problemsOf({ 'template.json': json, 'body.html': body })).toEqual([
      'hello body.html:2:17: unknown variable "city"; declare it in template.json, or use one of first_name, unsubscribe_url, postal_address, subject, preheader, why',
    ]);
  });

  it('with anything wrong in any template, and names all of it at once', () => {
    const folder = templatesFolderWith({
      'one/template.json': templateJson({ subject: 'Hi {{ nmae }}', variables: { name: words } }),
      'one/body.html': '{{ name | shout | whisper }}',
      'two/template.json': templateJson(),
      'three/body.html': 'x',
      'four/template.json': templateJson({ scope: 'all' }),
      'four/body.html': 'x',
    });
    const { message, code } = failureOf(() => loadTemplates(folder));
    expect(code).toBe('templates_invalid');
    for (const part of [
      'one template.json: subject:1:7: unknown variable "nmae"',
      'one body.html:1:1: unknown filter "shout"',
      'one body.html:1:1: unknown filter "whisper"',
      'two body.html: it is missing',
      'three template.json: it is missing',
      'four template.json: scope: it is wrong; must be marketing, reminders, reports or service',
    ]) {
      expect(message).toContain(part);
    }
    expect(message).not.toContain('two body.html: it is empty');
  });

  it.each([
    ['an empty body', { 'body.html': ' \n' }, {}, 'body.html: it is empty'],
    ['an empty text', { 'body.txt': '' }, {}, 'body.txt: it is empty'],
    ['a subject of two lines', {}, { subject: 'a\nBcc: b@example.com' }, 'must be one line'],
    ['no subject', {}, { subject: undefined }, 'template.json: subject: it is missing'],
    ['an empty subject', {}, { subject: ' ' }, 'must not be empty'],
    [
      'a variable that nothing uses',
      {},
      { variables: { city: words } },
      'variables.city: it is declared and never used',
    ],
    ['an unknown type', {}, { variables: { a: { type: 'money' } } }, 'must be one of text, number'],
    [
      'a default of another type',
      {},
      { variables: { a: { type: 'integer', default: 'x' } } },
      'default must be a whole',
    ],
    [
      'a default that is no web address',
      {},
      { variables: { a: { type: 'url', default: 'javascript:alert(1)' } } },
      'default must be an absolute http or https address',
    ],
    ['a variable with a name of ours', {}, { variables: { content: words } }, '"content" is always there'],
    ['an unknown field', {}, { subjet: 'x' }, 'it has an unknown field "subjet"; known are'],
    [
      'an unknown field of a variable',
      {},
      { variables: { a: { ...words, requird: true } } },
      'unknown field "requird"',
    ],
    ['a file that nothing uses', { 'body.htm': 'x' }, {}, 'body.htm: nothing uses this file'],
    [
      'an unclosed placeholder',
      { 'body.html': 'Hi {{ subject' },
      {},
      'body.html:1:4: output "{{ subject" not closed',
    ],
    [
      'an unclosed condition',
      { 'body.html': 'a\n{% if subject %}b' },
      {},
      'body.html:2:1: tag {% if subject %} not closed',
    ],
    ['a raw block', { 'body.html': '{% raw %}{{ x }}{% endraw %}' }, {}, 'unknown tag "raw"'],
    ['an include', { 'body.html': '{% include "/etc/passwd" %}' }, {}, 'unknown tag "include"'],
    ['an unescaped echo', { 'body.html': '{% echo subject %}' }, {}, 'unknown tag "echo"'],
    ['the raw filter', { 'body.html': '{{ subject | raw }}' }, {}, 'unknown filter "raw"'],
    ['no UTF-8', { 'body.html': Buffer.from([0x48, 0xe4, 0x68]) }, {}, 'body.html: it is not UTF-8'],
    ['no JSON', { 'template.json': '{"subject": "x",}' }, {}, 'template.json: it is no JSON'],
    ['a list', { 'template.json': '[]' }, {}, 'template.json: it is no object'],
  ] as const)('with %s', (_, files, more, expected) => {
    const problems = problemsOf({
      'template.json': templateJson(more),
      'body.html': '<p>Hello</p>',
      ...files,
    });
    expect(problems.join('\n')).toContain(expected);
  });

  it.each([
    ['<a href="{{ a }}">x</a>', 'type url'],
    ["<a href='{{ a }}'>x</a>", 'type url'],
    ['<a href="{{ link | prepend: a }}">x</a>', 'type url'],
    ['<a href="{% if a %}{{ a }}{% endif %}">x</a>', 'type url'],
    ['<p title={{ a }}>x</p>', 'double quotes'],
    ['<p {{ a }}>x</p>', 'attribute values in quotes'],
    ['<p style="color:{{ a }}">x</p>', 'classes'],
    ['<p onclick="f(\'{{ a }}\')">x</p>', 'no scripts'],
    ['<style>p { color: {{ a }} }</style>', 'classes'],
    ['<script>var x = "{{ a }}"</script>', 'no scripts'],
    ['<!-- {{ a }} -->', '{% comment %}'],
  ])('with a text where escaping does not help: %s', (body, expected) => {
    const json = templateJson({ variables: { a: words, link: { type: 'url' } } });
    const problems = problemsOf({ 'template.json': json, 'body.html': `${body} {{ a }} {{ link }}` });
    expect(problems).toHaveLength(1);
    expect(problems[0]).toContain(expected);
  });

  it('with an optional variable printed outside of a condition', () => {
    const json = templateJson({ variables: { score: { type: 'integer', optional: true } } });
    const problems = problemsOf({ 'template.json': json, 'body.html': 'You have {{ score }} points.' });
    expect(problems).toEqual([
      'hello tried with samples: body.html: there is nothing to print here (line 1, column 10); print an optional variable within {% if %} only',
    ]);
  });

  it('without a layout, or with one that forgets the body or the way out', () => {
    const hello = { 'hello/template.json': templateJson(), 'hello/body.html': 'x' };
    const without = templatesFolderWith(hello);
    rmSync(join(without, 'layout.html'));
    expect(checkTemplates(without).problems.map(problemLine).join('\n')).toContain(
      'layout.html: it is missing',
    );
    const bad = templatesFolderWith({ ...hello, 'layout.html': '<p>{{ cntent }}</p>' });
    const lines = checkTemplates(bad).problems.map(problemLine).join('\n');
    expect(lines).toContain('layout.html:1:7: unknown variable "cntent"');
    expect(lines).toContain('layout.html: it does not hold the body exactly once');
    expect(lines).toContain('layout.html: it has no way to unsubscribe');
  });

  it('with a document of its own that has no way to unsubscribe', () => {
    expect(
      problemsOf({
        'template.json': templateJson({ layout: 'own', scope: 'reports' }),
        'body.html': '<p>x</p>',
      }),
    ).toEqual(['hello body.html: it has no way to unsubscribe; link to {{ unsubscribe_url }} in it']);
    expect(
      problemsOf({
        'template.json': templateJson({ layout: 'own', scope: 'service' }),
        'body.html': '<p>x</p>',
      }),
    ).toEqual([]);
  });

  it('without any template, or where there is no folder', () => {
    expect(failureOf(() => loadTemplates(templatesFolderWith({}))).message).toContain('it holds no template');
    expect(failureOf(() => loadTemplates('/does/not/exist')).code).toBe('templates_unreadable');
  });
});

it('warns of a mail that Gmail clips', () => {
  const folder = templatesFolderWith({
    'hello/template.json': templateJson(),
    'hello/body.html': `<p>${'word '.repeat(21_000)}</p>`,
  });
  const { problems, warnings } = checkTemplates(folder);
  expect(problems).toEqual([]);
  expect(warnings).toEqual([expect.stringMatching(/^hello: its HTML has 1\d\d KB; Gmail/)]);
});

it('changes the version with every file that the mail is made of, and with nothing else', () => {
  const files = { 'hello/template.json': templateJson(), 'hello/body.html': '<p>x</p>' };
  const version = (more: Readonly<Record<string, string>> = {}) =>
    loadTemplates(templatesFolderWith({ ...files, ...more })).get('hello').version;
  expect(version()).toMatch(/^[0-9a-f]{64}$/);
  expect(version({ 'README.md': 'x', 'other/template.json': templateJson(), 'other/body.html': 'y' })).toBe(
    version(),
  );
  const layout = '{{ content }} {{ unsubscribe_url }}';
  const others = [
    version({ 'hello/body.html': '<p>y</p>' }),
    version({ 'hello/body.txt': 'x' }),
    version({ 'hello/template.json': templateJson({ subject: 'Another' }) }),
    version({ 'layout.txt': layout }),
  ];
  expect(new Set([version(), ...others]).size).toBe(5);
});

it('names the templates that there are when asked for another', () => {
  const error = failureOf(() => loadTemplates(SHIPPED_TEMPLATES).get('nurture-9'));
  expect(error).toMatchObject({ code: 'template_unknown', sort: 'item' });
  expect(error.message).toContain('nurture-invitation');
});
