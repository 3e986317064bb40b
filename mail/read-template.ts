import { type CheckedSource, checkSource, type Source } from './check-source.ts';
import { type Files, hashFiles } from './folder.ts';
import { FRAME_NAMES, FRAME_URLS, type Layout } from './layout.ts';
import type { TemplateProblem } from './problem.ts';
import type { Template, TemplateParts } from './template.ts';
import { readTemplateFile, type TemplateFile } from './template-file.ts';

const NAME = /^[a-z0-9]+(-[a-z0-9]+)*$/;
const LONGEST_NAME = 100;

type OurFile = Extract<TemplateFile, { readonly subject: string }>;

export interface ReadTemplate {
  /** Absent where the template has problems, or where its layout has. */
  readonly template?: Template;
  readonly problems: readonly TemplateProblem[];
  readonly needsLayout: boolean;
}

/** One template of a folder, with all that is wrong with it but what only shows when it is rendered. */
export function readTemplate(
  name: string,
  files: Files,
  { layout, layoutFiles }: { readonly layout: Layout | undefined; readonly layoutFiles: Files },
): ReadTemplate {
  const at = (place: string, problem: string, right: string): TemplateProblem => ({
    template: name,
    place,
    problem,
    right,
  });
  const json = files.get('template.json');
  if (json === undefined) {
    const problem = at('template.json', 'it is missing', 'every folder of a template has one');
    return { problems: [problem], needsLayout: false };
  }
  const read = readTemplateFile(name, json);
  const known = 'file' in read && read.file.brevo !== undefined ? [] : ['body.html', 'body.txt'];
  const problems = [
    ...(NAME.test(name) && name.length <= LONGEST_NAME
      ? []
      : [at('', 'its folder name is no name', 'lower-case words and digits with hyphens, like nurture-3')]),
    ...[...files.keys()]
      .filter((file) => file !== 'template.json' && !known.includes(file))
      .map((file) =>
        at(file, 'nothing uses this file', `known are ${['template.json', ...known].join(', ')}`),
      ),
    ...('file' in read ? [] : read.problems),
  ];
  if (!('file' in read)) return { problems, needsLayout: false };
  const { file } = read;
  if (file.brevo !== undefined) {
    const { brevo: brevoId, scope, variables } = file;
    if (problems.length > 0) return { problems, needsLayout: false };
    const version = `brevo:${brevoId}`;
    return {
      template: { source: 'brevo', name, version, scope, variables, brevoId },
      problems,
      needsLayout: false,
    };
  }
  const body = readBody(name, files, file);
  const needsLayout = file.layout === 'shared';
  const all = [...problems, ...body.problems];
  if (all.length > 0 || (needsLayout && layout === undefined)) return { problems: all, needsLayout };
  return {
    template: {
      source: 'file',
      name,
      version: hashFiles(needsLayout ? new Map([...files, ...layoutFiles]) : files),
      scope: file.scope,
      variables: file.variables,
      parts: { ...body.parts, ...(needsLayout && layout !== undefined ? { layout } : {}) },
    },
    problems: all,
    needsLayout,
  };
}

function readBody(
  template: string,
  files: Files,
  { subject, preheader = '', why = '', layout, scope, variables }: OurFile,
): { readonly parts: TemplateParts; readonly problems: readonly TemplateProblem[] } {
  const at = (place: string, problem: string, right: string): TemplateProblem => ({
    template,
    place,
    problem,
    right,
  });
  const known = [...variables.map(({ name }) => name), ...FRAME_NAMES];
  const namesOf = (wanted: string) => variables.filter(({ type }) => type === wanted).map(({ name }) => name);
  const urls = new Set([...FRAME_URLS, ...namesOf('url')]);
  const fragments = new Set(namesOf('html'));
  const check = (file: string, medium: Source['medium'], source: string): CheckedSource =>
    checkSource({ template, file, medium, source }, { known, urls, fragments });

  const html = check('body.html', 'html', files.get('body.html') ?? '');
  const written = files.get('body.txt');
  const text = written === undefined ? undefined : check('body.txt', 'text', written);
  const lines = {
    subject: check('template.json: subject', 'text', subject),
    preheader: check('template.json: preheader', 'text', preheader),
    why: check('template.json: why', 'text', why),
  };
  const pieces = [lines.subject, lines.preheader, lines.why, html, ...(text === undefined ? [] : [text])];
  const unused = variables.filter(({ name }) => pieces.every(({ used }) => used?.has(name) === false));
  const problems = [
    ...pieces.flatMap((piece) => piece.problems),
    ...emptiness('body.html', files.get('body.html'), at),
    ...(written === undefined ? [] : emptiness('body.txt', written, at)),
    ...unused.map(({ name }) =>
      at(`template.json: variables.${name}`, 'it is declared and never used', 'use it or remove it'),
    ),
  ];
  if (layout === 'own' && scope !== 'service') {
    for (const [file, piece] of [['body.html', html] as const, ['body.txt', text] as const]) {
      if (piece?.used?.has('unsubscribe_url') !== false) continue;
      problems.push(at(file, 'it has no way to unsubscribe', 'link to {{ unsubscribe_url }} in it'));
    }
  }
  return {
    parts: {
      subject: lines.subject.parsed,
      preheader: lines.preheader.parsed,
      why: lines.why.parsed,
      html: html.parsed,
      ...(text === undefined ? {} : { text: text.parsed }),
    },
    problems,
  };
}

function emptiness(
  file: string,
  source: string | undefined,
  at: (place: string, problem: string, right: string) => TemplateProblem,
): readonly TemplateProblem[] {
  if (source === undefined) return [at(file, 'it is missing', 'every template of our own has one')];
  return source.trim() === '' ? [at(file, 'it is empty', 'write what the mail says')] : [];
}
