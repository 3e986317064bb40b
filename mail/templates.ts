import { fileURLToPath } from 'node:url';
import { SluiceError } from '../domain/errors.ts';
import { type Files, readFolder } from './folder.ts';
import { LAYOUT_HTML, LAYOUT_TEXT, readLayout } from './layout.ts';
import { problemLine, type TemplateProblem } from './problem.ts';
import { type ReadTemplate, readTemplate } from './read-template.ts';
import { render } from './render.ts';
import { trialValues } from './samples.ts';
import { type FileTemplate, frameVariables, type Template } from './template.ts';

/** The templates that come with Sluice. */
export const SHIPPED_TEMPLATES = fileURLToPath(new URL('../templates', import.meta.url));

/** Gmail shows the first 102 KB of a mail and hides the rest, the unsubscribe link among it. */
const CLIPPED_BYTES = 100 * 1024;

/** All templates of a folder, checked. */
export interface Templates {
  /** By name. */
  readonly all: readonly Template[];
  /** Nothing that keeps a mail from going out, one sentence each. */
  readonly warnings: readonly string[];
  /** @throws SluiceError of sort `item`, `template_unknown`, naming those that there are. */
  get(name: string): Template;
}

/**
 * Reads and checks a folder of templates (docs/templates.md says how one is made).
 * @throws SluiceError `templates_invalid` with every problem of every template: its template, place, and what would be
 *   right. A folder with one bad template does not load at all. `templates_unreadable` where there is no such folder.
 */
export function loadTemplates(folder: string): Templates {
  const { templates, problems, warnings } = checkTemplates(folder);
  if (problems.length > 0) {
    const lines = problems.map((problem) => `  ${problemLine(problem)}`);
    throw new SluiceError(`the templates in ${folder} are not usable:\n${lines.join('\n')}`, {
      code: 'templates_invalid',
      hint: 'Correct them; sluice templates check shows the same list.',
    });
  }
  const byName = new Map(templates.map((template) => [template.name, template]));
  return {
    all: templates,
    warnings,
    get: (name) => {
      const template = byName.get(name);
      if (template !== undefined) return template;
      throw new SluiceError(`there is no template "${name}"; there are ${[...byName.keys()].join(', ')}`, {
        code: 'template_unknown',
        sort: 'item',
        hint: 'sluice templates list shows them; MAIL_TEMPLATES names the folder.',
      });
    },
  };
}

/**
 * Everything that is wrong in a folder of templates, and what is right in it.
 * @throws SluiceError `templates_unreadable`.
 */
export function checkTemplates(folder: string): {
  readonly templates: readonly Template[];
  readonly problems: readonly TemplateProblem[];
  readonly warnings: readonly string[];
} {
  const { shared, templates: folders, problems: unreadable } = readFolder(folder);
  const layoutFiles: Files = new Map(
    [...shared].filter(([name]) => name === LAYOUT_HTML || name === LAYOUT_TEXT),
  );
  const { layout, problems: layoutProblems } = readLayout(layoutFiles);
  const read = [...folders].map(([name, files]) => readTemplate(name, files, { layout, layoutFiles }));
  const templates = read.flatMap(({ template }) => (template === undefined ? [] : [template]));
  const trials = templates.filter((one) => one.source === 'file').map(tryTemplate);
  return {
    templates,
    problems: [
      ...unreadable,
      ...(needsLayout(read, shared) ? layoutProblems : []),
      ...strayFiles(shared),
      ...read.flatMap(({ problems }) => problems),
      ...trials.flatMap(({ problems }) => problems),
      ...(folders.size === 0
        ? [
            {
              template: folder,
              place: folder,
              problem: 'it holds no template',
              right: 'make a folder for each',
            },
          ]
        : []),
    ],
    warnings: trials.flatMap(({ warnings }) => warnings),
  };
}

function needsLayout(read: readonly ReadTemplate[], shared: Files): boolean {
  return shared.has(LAYOUT_HTML) || shared.has(LAYOUT_TEXT) || read.some((one) => one.needsLayout);
}

function strayFiles(shared: Files): readonly TemplateProblem[] {
  return [...shared.keys()]
    .filter((name) => name !== LAYOUT_HTML && name !== LAYOUT_TEXT)
    .map((name) => ({
      template: name,
      place: name,
      problem: 'nothing uses this file',
      right: 'templates are folders with a template.json and a body.html',
    }));
}

/** Renders a template with samples, whatever may be absent being absent, too. */
function tryTemplate(template: FileTemplate): {
  readonly problems: readonly TemplateProblem[];
  readonly warnings: readonly string[];
} {
  const troubles = new Set<string>();
  let largest = 0;
  for (const values of trialValues([...template.variables, ...frameVariables(template.scope)])) {
    try {
      largest = Math.max(largest, Buffer.byteLength(render(template, values).html));
    } catch (error) {
      if (!(error instanceof SluiceError)) throw error;
      troubles.add(error.message.replace(/^template "[^"]*" (cannot be rendered, )?/, ''));
    }
  }
  const kilobytes = Math.ceil(largest / 1024);
  return {
    problems: [...troubles].map((problem) => ({
      template: template.name,
      place: 'tried with samples',
      problem,
      right: 'print an optional variable within {% if %} only',
    })),
    warnings:
      largest > CLIPPED_BYTES
        ? [
            `${template.name}: its HTML has ${kilobytes} KB; Gmail hides what is beyond 102 KB, the footer first`,
          ]
        : [],
  };
}
