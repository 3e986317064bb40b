import { messageOf } from '../domain/errors.ts';
import { checkPlaces, type TypedNames } from './check-places.ts';
import { FILTERS, type Medium, parse, parseDespite, TAGS, variablesOf } from './engine.ts';
import type { TemplateProblem } from './problem.ts';
import type { LiquidParsed } from './template.ts';

/** A piece of a template: a file, or a field of template.json. */
export interface Source {
  readonly template: string;
  /** `body.html`, or `template.json: subject`. */
  readonly file: string;
  readonly medium: Medium;
  readonly source: string;
}

export interface CheckedSource {
  readonly parsed: LiquidParsed;
  /** Names that it takes from outside; undefined where it cannot be read. */
  readonly used: ReadonlySet<string> | undefined;
  readonly problems: readonly TemplateProblem[];
}

/**
 * Parses a piece and finds all that is wrong with it: syntax, unknown filters and tags, unknown variables, places where
 * a value could do harm.
 * @param known the names that it may use; those in `urls` are checked addresses, those in `fragments` HTML.
 */
export function checkSource(
  piece: Source,
  { known, urls, fragments }: TypedNames & { readonly known: readonly string[] },
): CheckedSource {
  const { template, file, medium, source } = piece;
  const { parsed, problems } = parsePiece(piece);
  const uses = variablesOf(parsed ?? []);
  const unknown = uses.filter(({ name }) => !known.includes(name));
  return {
    parsed: parsed ?? [],
    used: parsed === undefined ? undefined : new Set(uses.map(({ name }) => name)),
    problems: [
      ...problems,
      ...unknown.map(({ name, line, column }) => ({
        template,
        place: `${file}:${line}:${column}`,
        problem: `unknown variable "${name}"`,
        right: `declare it in template.json, or use one of ${known.join(', ')}`,
      })),
      ...(medium === 'html' ? checkPlaces({ template, file, source, urls, fragments }) : []),
    ],
  };
}

/** Reads on behind unknown filters, so that all of them are named at once. */
function parsePiece({ template, file, medium, source }: Source): {
  readonly parsed?: LiquidParsed;
  readonly problems: readonly TemplateProblem[];
} {
  const problems: TemplateProblem[] = [];
  const unknown: string[] = [];
  for (;;) {
    try {
      const parsed = unknown.length === 0 ? parse(source, medium) : parseDespite(source, medium, unknown);
      return { parsed, problems };
    } catch (error) {
      const { problem, place } = parseTrouble(error);
      const [, filter] = /^undefined filter: (\S+)$/.exec(problem) ?? [];
      const at = { template, place: place === '' ? file : `${file}:${place}` };
      if (filter === undefined) {
        problems.push({ ...at, ...inWords(problem) });
        return { problems };
      }
      problems.push({
        ...at,
        problem: `unknown filter "${filter}"`,
        right: `known are ${FILTERS.join(', ')}`,
      });
      unknown.push(filter);
    }
  }
}

function inWords(problem: string): Pick<TemplateProblem, 'problem' | 'right'> {
  const [, tag] = /^tag "([^"]*)" not found$/.exec(problem) ?? [];
  if (tag !== undefined) {
    const tags = TAGS.filter((name) => name !== '#').join(', ');
    return { problem: `unknown tag "${tag}"`, right: `known are ${tags}, each but assign with its end` };
  }
  return { problem, right: 'correct the Liquid there' };
}

/** The parser's messages end with the place: `…, line:3, col:14`. */
function parseTrouble(error: unknown): { readonly problem: string; readonly place: string } {
  const message = messageOf(error);
  const [, problem = message, line, column] = /^(.*?), line:(\d+), col:(\d+)/.exec(message) ?? [];
  return { problem, place: line === undefined || column === undefined ? '' : `${line}:${column}` };
}
