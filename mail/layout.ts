import { checkSource } from './check-source.ts';
import type { TemplateProblem } from './problem.ts';
import { frameVariables, type LiquidParsed } from './template.ts';

export const LAYOUT_HTML = 'layout.html';
export const LAYOUT_TEXT = 'layout.txt';

/** What `render` works out itself and every part of a mail may use. */
export const FRAME_NAMES = [
  ...frameVariables('marketing').map(({ name }) => name),
  'subject',
  'preheader',
  'why',
];
export const FRAME_URLS = ['unsubscribe_url'];

export interface Layout {
  readonly html: LiquidParsed;
  readonly text: LiquidParsed;
}

/** The frame that all mails share: it must hold the body once, and the way out of getting such mail. */
export function readLayout(files: ReadonlyMap<string, string>): {
  readonly layout?: Layout;
  readonly problems: readonly TemplateProblem[];
} {
  const html = readHalf(files, LAYOUT_HTML);
  const text = readHalf(files, LAYOUT_TEXT);
  const problems = [...html.problems, ...text.problems];
  return problems.length > 0 || html.parsed === undefined || text.parsed === undefined
    ? { problems }
    : { layout: { html: html.parsed, text: text.parsed }, problems };
}

function readHalf(
  files: ReadonlyMap<string, string>,
  file: typeof LAYOUT_HTML | typeof LAYOUT_TEXT,
): { readonly parsed?: LiquidParsed; readonly problems: readonly TemplateProblem[] } {
  const at = (problem: string, right: string): TemplateProblem => ({
    template: file,
    place: file,
    problem,
    right,
  });
  const source = files.get(file);
  if (source === undefined) {
    return {
      problems: [
        at('it is missing', 'copy the one that comes with Sluice, or set "layout": "own" in every template'),
      ],
    };
  }
  const { parsed, used, problems } = checkSource(
    { template: file, file, medium: file === LAYOUT_HTML ? 'html' : 'text', source },
    { known: [...FRAME_NAMES, 'content'], urls: new Set(FRAME_URLS), fragments: new Set() },
  );
  const holders = source.match(/\{\{-?\s*content\s*-?\}\}/g)?.length ?? 0;
  const more = [
    ...(holders === 1 && (source.match(/\bcontent\b(?=[^<>{]*\}\})/g)?.length ?? 0) === 1
      ? []
      : [at('it does not hold the body exactly once', 'write {{ content }} once')]),
    ...((used?.has('unsubscribe_url') ?? true)
      ? []
      : [at('it has no way to unsubscribe', 'put {{ unsubscribe_url }} into the footer')]),
  ];
  return { parsed, problems: [...problems, ...more] };
}
