import type { Template as LiquidNode } from 'liquidjs';
import type { MailScope } from '../domain/sending/scopes.ts';

/**
 * `text` one or more lines; `number` finite; `integer` whole; `url` absolute, http or https; `date` a calendar day,
 * `YYYY-MM-DD`, without a zone; `list` texts or flat objects, for `{% for %}`; `html` a fragment that a flow of ours has
 * made and escaped, printed as it is and turned into text for the text part.
 */
export const VARIABLE_TYPES = [
  'text',
  'number',
  'integer',
  'boolean',
  'url',
  'date',
  'list',
  'html',
] as const;
export type VariableType = (typeof VARIABLE_TYPES)[number];

export type PlainValue = string | number | boolean;
export type ListItem = string | Readonly<Record<string, PlainValue>>;
export type VariableValue = PlainValue | readonly ListItem[];

export interface TemplateVariable {
  readonly name: string;
  readonly type: VariableType;
  /** Who brings it: what is known of the contact, or the flow that sends. */
  readonly from: 'contact' | 'params';
  /** Without it the mail is not made. Not required and without default: nothing, which `{% if name %}` can ask for. */
  readonly required: boolean;
  readonly default?: VariableValue;
  /** Stands for a real value in previews and in the trial at load. */
  readonly sample: VariableValue;
  readonly about?: string;
}

interface TemplateBase {
  /** Folder name: lower-case words with hyphens. */
  readonly name: string;
  /** Never `all`. */
  readonly scope: MailScope;
  readonly variables: readonly TemplateVariable[];
}

/** A mail that we make ourselves, from files. */
export interface FileTemplate extends TemplateBase {
  readonly source: 'file';
  /** SHA-256 of everything that the mail is made of, 64 hex digits: same version and values, same mail. */
  readonly version: string;
  readonly parts: TemplateParts;
}

/** A mail that Brevo makes from a template of the account. */
export interface BrevoTemplate extends TemplateBase {
  readonly source: 'brevo';
  /** `brevo:<id>`: what stands behind the id is edited at Brevo, unseen by us. */
  readonly version: string;
  readonly brevoId: number;
}

export type Template = FileTemplate | BrevoTemplate;

/** Parsed Liquid of each part. */
export interface TemplateParts {
  readonly subject: LiquidParsed;
  readonly preheader: LiquidParsed;
  /** Why the reader gets it, for the footer. */
  readonly why: LiquidParsed;
  readonly html: LiquidParsed;
  /** Absent: made from the HTML. */
  readonly text?: LiquidParsed;
  /** Absent: `html` is a whole document of its own. */
  readonly layout?: { readonly html: LiquidParsed; readonly text: LiquidParsed };
}

export type LiquidParsed = readonly LiquidNode[];

const UNSUBSCRIBE_SAMPLE = 'https://example.com/u/preview';

/** Variables that every template has without declaring them; the sender fills them in. */
export function frameVariables(scope: MailScope): readonly TemplateVariable[] {
  return [
    {
      name: 'unsubscribe_url',
      type: 'url',
      from: 'params',
      required: scope !== 'service',
      sample: UNSUBSCRIBE_SAMPLE,
    },
    {
      name: 'postal_address',
      type: 'text',
      from: 'params',
      required: false,
      sample: 'Example Ltd, 1 Sample Street, Sampleton',
    },
  ];
}
