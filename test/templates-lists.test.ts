import { expect, it } from 'vitest';
import { failureOf, hello, mailOf, problemsOf, templateJson } from './support/templates.ts';

const quizzes = { type: 'list', sample: [{ name: 'Fractions', questions: 12 }] };
const table = { type: 'html' };

it('goes through a list, escaped in HTML and plain in text', () => {
  const body =
    '<ul>{% for quiz in quizzes %}<li>{{ quiz.name }} ({{ quiz.questions }})</li>{% endfor %}</ul>';
  const template = hello(body, { variables: { quizzes } });
  const mail = mailOf(template, {
    quizzes: [
      { name: 'A < B', questions: 3 },
      { name: '{{ x }}', questions: 4 },
    ],
  });
  expect(mail.html).toContain('<li>A &lt; B (3)</li><li>&#123;&#123; x }} (4)</li>');
  expect(mail.text).toContain('- A < B (3)\n');
  expect(mail.text).not.toContain('{{');
  expect(mailOf(template, { quizzes: [] }).html).toContain('<ul></ul>');
});

it('goes through a list of texts', () => {
  const template = hello('{% for word in words %}<p>{{ word }}</p>{% endfor %}', {
    variables: { words: { type: 'list', sample: ['one'] } },
  });
  expect(mailOf(template, { words: ['a&b'] }).html).toContain('<p>a&amp;b</p>');
});

it.each([
  ['no list', 'a text'],
  ['a list within a list', [['a']]],
  ['an object within an object', [{ a: { b: 1 } }]],
  ['a number alone', [1]],
])('refuses as a list: %s', (_, value) => {
  const template = hello('{% for quiz in quizzes %}{{ quiz.name }}{% endfor %}', { variables: { quizzes } });
  expect(failureOf(() => mailOf(template, { quizzes: value })).code).toBe('render_wrong_variable');
});

it('prints a fragment as it is, turns it into text, and leaves no placeholder in it', () => {
  const template = hello('<h1>Report</h1>{{ table }}', { variables: { table } });
  const mail = mailOf(template, { table: '<table><tr><td>4 &lt; 5</td><td>{{ x }}</td></tr></table>' });
  expect(mail.html).toContain('<td>4 &lt; 5</td><td>&#123;{ x }}</td>');
  expect(mail.text).toContain('4 < 5');
});

it('takes a fragment into a text part of its own', () => {
  const folder = {
    'template.json': templateJson({ variables: { table } }),
    'body.html': '{{ table }}',
    'body.txt': 'In short: {{ table }}',
  };
  expect(problemsOf(folder)).toEqual([]);
});

it('refuses a fragment within a tag', () => {
  const problems = problemsOf({
    'template.json': templateJson({ variables: { table } }),
    'body.html': '<p title="{{ table }}">Hello</p>',
  });
  expect(problems.join()).toContain('a fragment of HTML stands between tags only');
});
