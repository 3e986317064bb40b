import { type PrintedPlace, printedPlaces } from './html-places.ts';
import type { TemplateProblem } from './problem.ts';

/** Attributes whose value is an address, where a text could be `javascript:…`. */
const ADDRESSES = new Set([
  'href',
  'src',
  'action',
  'formaction',
  'background',
  'cite',
  'poster',
  'xlink:href',
]);
/** From here on a value can only be path, query or fragment. */
const PAST_HOST = /^(https?:\/\/[^/?#\s]+[/?#]|mailto:)/i;

/** Names of variables of the types that are printed in their own way. */
export interface TypedNames {
  readonly urls: ReadonlySet<string>;
  readonly fragments: ReadonlySet<string>;
}

const NOT_HERE: Readonly<Record<Exclude<PrintedPlace['kind'], 'text' | 'attribute'>, string>> = {
  unquoted: 'put the value of the attribute into double quotes',
  tag: 'only attribute values in quotes and the text between tags can be variable',
  style: 'choose between classes with {% if %} instead',
  script: 'mail programs run no scripts; remove it',
  comment: 'use {% comment %} instead',
};

/**
 * Refuses to print values where escaping does not make them harmless: in addresses, styles, scripts, comments, and outside
 * of quotes. Placeholders in prose and in ordinary attributes are fine.
 * @param urls names of variables whose values are checked addresses.
 * @param fragments names of variables whose values are HTML.
 */
export function checkPlaces({
  template,
  file,
  source,
  urls,
  fragments,
}: {
  readonly template: string;
  readonly file: string;
  readonly source: string;
} & TypedNames): readonly TemplateProblem[] {
  return printedPlaces(source).flatMap((place) => {
    const right = whatWouldBeRight(place, { urls, fragments });
    if (right === undefined) return [];
    const problem = `{{ ${place.expression} }} stands where a value could do harm (${placeWords(place)})`;
    return [{ template, place: `${file}:${place.position}`, problem, right }];
  });
}

function whatWouldBeRight(place: PrintedPlace, { urls, fragments }: TypedNames): string | undefined {
  if (place.kind === 'text') return undefined;
  if (fragments.has(place.expression)) return 'a fragment of HTML stands between tags only';
  if (place.kind !== 'attribute') return NOT_HERE[place.kind];
  if (place.attribute === 'style') return NOT_HERE.style;
  if (place.attribute.startsWith('on')) return NOT_HERE.script;
  if (!ADDRESSES.has(place.attribute) || PAST_HOST.test(place.before.trim())) return undefined;
  if (place.before.trim() === '' && urls.has(place.expression)) return undefined;
  return 'an address begins with a variable of type url alone, or with https:// and a host';
}

function placeWords({ kind, attribute }: PrintedPlace): string {
  if (kind === 'attribute') return `attribute ${attribute}`;
  if (kind === 'unquoted') return 'attribute without quotes';
  return kind === 'tag' ? 'within a tag' : `within <${kind}>`.replace('<comment>', 'an HTML comment');
}
