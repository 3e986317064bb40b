import { positionOf } from './problem.ts';

/** Where in HTML a variable is printed, as far as it decides what a value could do there. */
export interface PrintedPlace {
  /** The expression between the braces, like `first_name | upcase`. */
  readonly expression: string;
  /** `line:column`, from 1. */
  readonly position: string;
  readonly kind: 'text' | 'attribute' | 'unquoted' | 'tag' | 'style' | 'script' | 'comment';
  /** For `attribute`: its name in lower case, and its value up to here. */
  readonly attribute: string;
  readonly before: string;
}

const LIQUID = /\{\{-?([\s\S]*?)-?\}\}|\{%[\s\S]*?%\}/g;

/** All places where a template prints something, with what they are within; conditions are read straight through. */
export function printedPlaces(source: string): readonly PrintedPlace[] {
  const places: PrintedPlace[] = [];
  let html = '';
  let end = 0;
  for (const match of source.matchAll(LIQUID)) {
    html += source.slice(end, match.index);
    end = match.index + match[0].length;
    if (match[1] === undefined) continue;
    places.push({
      expression: match[1].trim(),
      position: positionOf(source, match.index),
      ...placeAfter(html),
    });
    // Something that is neither markup nor blank, as the value will be.
    html += 'x';
  }
  return places;
}

type Place = Pick<PrintedPlace, 'kind' | 'attribute' | 'before'>;

const plain = (kind: PrintedPlace['kind']): Place => ({ kind, attribute: '', before: '' });

/** What a character after this HTML would be part of. */
function placeAfter(html: string): Place {
  const comment = html.lastIndexOf('<!--');
  if (comment >= 0 && !html.includes('-->', comment)) return plain('comment');
  const lower = html.toLowerCase();
  for (const element of ['style', 'script'] as const) {
    if (lower.lastIndexOf(`<${element}`) > lower.lastIndexOf(`</${element}`)) return plain(element);
  }
  return placeInTag(openTag(html));
}

/** The tag that is not closed at the end, from its `<`; undefined in text. Quoted `>` do not close. */
function openTag(html: string): string | undefined {
  const tag = /<[a-z/](?:"[^"]*"|'[^']*'|[^"'>])*>/gi;
  let rest = 0;
  for (const match of html.matchAll(tag)) rest = match.index + match[0].length;
  const start = html.slice(rest).search(/<[a-z/]/i);
  return start < 0 ? undefined : html.slice(rest + start);
}

function placeInTag(tag: string | undefined): Place {
  if (tag === undefined) return plain('text');
  const quoted = /([^\s"'<>/=]+)\s*=\s*(?:"([^"]*)|'([^']*))$/.exec(unquotedEnd(tag));
  if (quoted !== null) {
    const [, attribute = '', double, single = ''] = quoted;
    return { kind: 'attribute', attribute: attribute.toLowerCase(), before: double ?? single };
  }
  return plain(/=\s*[^\s"'>]*$/.test(tag) ? 'unquoted' : 'tag');
}

/** The tag without its finished attributes, so that only an open quote is left. */
function unquotedEnd(tag: string): string {
  return tag.replace(/[^\s"'<>/=]+\s*=\s*(?:"[^"]*"|'[^']*')/g, '');
}
