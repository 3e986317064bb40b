import { createHash } from 'node:crypto';
import { type Dirent, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { messageOf, SluiceError } from '../domain/errors.ts';
import type { TemplateProblem } from './problem.ts';

/** Contents of files by their name. */
export type Files = ReadonlyMap<string, string>;

export interface TemplateFolder {
  /** Those beside the templates: the layout. */
  readonly shared: Files;
  /** By template. */
  readonly templates: ReadonlyMap<string, Files>;
  readonly problems: readonly TemplateProblem[];
}

/** What may lie about without meaning anything. */
const IGNORED = /^(\.|_|README)/;

/**
 * Everything in a folder of templates.
 * @throws SluiceError `templates_unreadable` where there is no such folder.
 */
export function readFolder(folder: string): TemplateFolder {
  const problems: TemplateProblem[] = [];
  const entries = list(folder);
  const shared = readFiles(folder, { template: undefined, entries, problems });
  const templates = new Map<string, Files>();
  for (const { name } of entries.filter((entry) => !entry.isFile())) {
    const within = join(folder, name);
    templates.set(name, readFiles(within, { template: name, entries: list(within), problems }));
  }
  return { shared, templates, problems };
}

/** SHA-256 over names and contents, 64 hex digits. */
export function hashFiles(files: Files): string {
  const hash = createHash('sha256');
  for (const [name, content] of [...files].sort(([one], [other]) => (one < other ? -1 : 1))) {
    hash.update(`${name.length}:${name}${content.length}:${content}`);
  }
  return hash.digest('hex');
}

function list(folder: string): readonly Dirent[] {
  try {
    return readdirSync(folder, { withFileTypes: true })
      .filter(({ name }) => !IGNORED.test(name))
      .sort((one, other) => (one.name < other.name ? -1 : 1));
  } catch (cause) {
    throw new SluiceError(`the templates in ${folder} cannot be read: ${messageOf(cause)}`, {
      code: 'templates_unreadable',
      hint: 'Set MAIL_TEMPLATES to a folder of templates (docs/templates.md), or unset it for those of Sluice.',
      cause,
    });
  }
}

function readFiles(
  folder: string,
  {
    template,
    entries,
    problems,
  }: {
    readonly template: string | undefined;
    readonly entries: readonly Dirent[];
    readonly problems: TemplateProblem[];
  },
): Files {
  const files = new Map<string, string>();
  for (const { name } of entries.filter((entry) => entry.isFile())) {
    try {
      files.set(name, new TextDecoder('utf-8', { fatal: true }).decode(readFileSync(join(folder, name))));
    } catch (cause) {
      const problem = cause instanceof TypeError ? 'it is not UTF-8' : messageOf(cause);
      problems.push({ template: template ?? name, place: name, problem, right: 'save it as UTF-8 text' });
    }
  }
  return files;
}
