import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { SluiceError } from '../../domain/errors.ts';
import { problemLine } from '../../mail/problem.ts';
import { type RenderedMail, render } from '../../mail/render.ts';
import type { FileTemplate, Template } from '../../mail/template.ts';
import { checkTemplates, loadTemplates, SHIPPED_TEMPLATES } from '../../mail/templates.ts';
import { scratchFolder } from './scratch.ts';

export const UNSUBSCRIBE = 'https://events.example.com/u/token';

type Contents = Readonly<Record<string, string | Buffer>>;

/** A template.json with a subject, scope marketing, and what else is given. */
export function templateJson(more: Readonly<Record<string, unknown>> = {}): string {
  return JSON.stringify({ scope: 'marketing', subject: 'A subject', ...more });
}

/** A folder with the shipped layout and these files (`hello/body.html`), removed after the test. */
export function templatesFolderWith(files: Contents): string {
  const folder = scratchFolder();
  for (const layout of ['layout.html', 'layout.txt'])
    copyFileSync(join(SHIPPED_TEMPLATES, layout), join(folder, layout));
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), content);
  }
  return folder;
}

/** What is wrong with a folder that holds one template `hello` of these files. */
export function problemsOf(files: Contents): readonly string[] {
  const named = Object.fromEntries(
    Object.entries(files).map(([name, content]) => [`hello/${name}`, content]),
  );
  return checkTemplates(templatesFolderWith(named)).problems.map(problemLine);
}

/** A template of this body, loaded from real files. */
export function hello(body: string, more: Readonly<Record<string, unknown>> = {}): FileTemplate {
  const folder = templatesFolderWith({ 'hello/template.json': templateJson(more), 'hello/body.html': body });
  return ours(loadTemplates(folder).get('hello'));
}

export function ours(template: Template): FileTemplate {
  if (template.source !== 'file') throw new Error(`${template.name} is a template at Brevo`);
  return template;
}

export function mailOf(template: FileTemplate, values: Readonly<Record<string, unknown>> = {}): RenderedMail {
  return render(template, { unsubscribe_url: UNSUBSCRIBE, ...values });
}

/** The SluiceError that the work throws. */
export function failureOf(work: () => unknown): SluiceError {
  try {
    work();
  } catch (error) {
    if (error instanceof SluiceError) return error;
    throw error;
  }
  throw new Error('it did not fail');
}
