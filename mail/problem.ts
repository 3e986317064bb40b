/** What keeps a template from being used. */
export interface TemplateProblem {
  /** Folder name, or the layout's file name. */
  readonly template: string;
  /** File, with line and column where there is one: `body.html:3:14`; or a field: `template.json: variables.score.type`. */
  readonly place: string;
  readonly problem: string;
  /** What would be right. */
  readonly right: string;
}

/** One line: `nurture-3 body.html:3:14: unknown variable "city"; declare it in template.json`. */
export function problemLine({ template, place, problem, right }: TemplateProblem): string {
  const where = template === place ? place : `${template} ${place}`;
  return `${where}: ${problem}; ${right}`;
}

/** Line and column, from 1, of an offset in a text. */
export function positionOf(source: string, offset: number): string {
  const before = source.slice(0, offset).split('\n');
  return `${before.length}:${(before.at(-1) ?? '').length + 1}`;
}
