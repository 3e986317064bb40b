import { messageOf, SluiceError } from '../domain/errors.ts';
import { type Medium, RenderedHtml, renderParsed } from './engine.ts';
import { oneLine, plainText, tidyLines } from './plain.ts';
import {
  type BrevoTemplate,
  type FileTemplate,
  frameVariables,
  type LiquidParsed,
  type Template,
  type VariableValue,
} from './template.ts';
import { type CheckedValues, checkValues, forBrevo } from './values.ts';

/** A mail as it goes out; nothing in it is a placeholder any more. */
export interface RenderedMail {
  /** One line, no markup. */
  readonly subject: string;
  /** One line, no markup; may be empty. It stands in the HTML already. */
  readonly preheader: string;
  /** A whole document. */
  readonly html: string;
  readonly text: string;
}

/**
 * Makes the mail of a template. The same version and values give the same mail, letter for letter.
 * @param variables what is known of the contact, what the flow brings, `unsubscribe_url` (needed unless the template's
 *   scope is `service`) and `postal_address`. Null and blank count as absent; undeclared names are ignored.
 * @throws SluiceError of sort `item`: `render_missing_variable`, `render_wrong_variable`, `render_failed`. It names
 *   template, variables and place, never a value.
 */
export function render(template: FileTemplate, variables: Readonly<Record<string, unknown>>): RenderedMail {
  const { name, parts } = template;
  const values = valuesOf(template, variables);
  const fragments = template.variables.filter(({ type }) => type === 'html').map((one) => one.name);
  const valuesIn = {
    html: { ...values, ...fragmentsIn('html', { names: fragments, values }) },
    text: { ...values, ...fragmentsIn('text', { names: fragments, values }) },
  };
  const part = (
    place: string,
    parsed: LiquidParsed,
    { medium, more = {} }: { readonly medium: Medium; readonly more?: Readonly<Record<string, unknown>> },
  ): string =>
    renderPart({ template: name, place, parsed, medium, values: { ...valuesIn[medium], ...more } });

  const subject = oneLine(part('subject', parts.subject, { medium: 'text' }));
  const preheader = oneLine(part('preheader', parts.preheader, { medium: 'text' }));
  const why = oneLine(part('why', parts.why, { medium: 'text' })) || null;
  const frame = { subject, preheader, why };

  const body = part('body.html', parts.html, { medium: 'html', more: frame });
  const written =
    parts.text === undefined
      ? plainText(body)
      : tidyLines(part('body.txt', parts.text, { medium: 'text', more: frame }));
  const mail =
    parts.layout === undefined
      ? { subject, preheader, html: body, text: written }
      : {
          subject,
          preheader,
          html: part('layout.html', parts.layout.html, {
            medium: 'html',
            more: { ...frame, content: new RenderedHtml(body) },
          }),
          text: tidyLines(
            part('layout.txt', parts.layout.text, {
              medium: 'text',
              more: { ...frame, content: written.trim() },
            }),
          ),
        };
  return withNothingUnresolved(name, mail);
}

/**
 * What a template at Brevo is called with; it reads the variables as `{{ params.first_name }}`.
 * @param variables as for `render`; `unsubscribe_url` and `postal_address` are passed on, too.
 * @throws SluiceError as `render`.
 */
export function brevoParams(
  template: BrevoTemplate,
  variables: Readonly<Record<string, unknown>>,
): { readonly templateId: number; readonly params: Readonly<Record<string, VariableValue>> } {
  return { templateId: template.brevoId, params: forBrevo(valuesOf(template, variables)) };
}

/** Fragments of HTML as a part can print them; a text in them that looks like a placeholder is none. */
function fragmentsIn(
  medium: Medium,
  { names, values }: { readonly names: readonly string[]; readonly values: CheckedValues },
): Readonly<Record<string, unknown>> {
  const printed = (html: string) =>
    medium === 'html' ? new RenderedHtml(html.replace(/\{(?=[{%#])/g, '&#123;')) : plainText(html).trim();
  return Object.fromEntries(
    names.flatMap((name) => {
      const html = values[name];
      return typeof html === 'string' ? [[name, printed(html)]] : [];
    }),
  );
}

function valuesOf(
  { name, scope, variables }: Template,
  given: Readonly<Record<string, unknown>>,
): CheckedValues {
  return checkValues({
    template: name,
    variables: [...variables, ...frameVariables(scope)],
    // What a person asked for by an action cannot be unsubscribed from; a link would promise it.
    given: scope === 'service' ? { ...given, unsubscribe_url: null } : given,
  });
}

function renderPart({
  template,
  place,
  parsed,
  medium,
  values,
}: {
  readonly template: string;
  readonly place: string;
  readonly parsed: LiquidParsed;
  readonly medium: Medium;
  readonly values: Readonly<Record<string, unknown>>;
}): string {
  try {
    return renderParsed(parsed, medium, values);
  } catch (error) {
    throw new SluiceError(`template "${template}" cannot be rendered, ${place}: ${renderTrouble(error)}`, {
      code: 'render_failed',
      sort: 'item',
      hint: 'sluice templates preview shows the mail; print optional variables within {% if %} only.',
    });
  }
}

/** The engine's message without the excerpt that follows it. */
function renderTrouble(error: unknown): string {
  return messageOf(error).replace(/, line:(\d+), col:(\d+).*$/, ' (line $1, column $2)');
}

/** The last gate. A template that got past all checks and still shows a placeholder must not reach anybody. */
function withNothingUnresolved(template: string, mail: RenderedMail): RenderedMail {
  for (const [part, content] of Object.entries(mail)) {
    if (/\{\{|\{%/.test(content)) {
      throw new SluiceError(`template "${template}" leaves a placeholder unresolved in its ${part}`, {
        code: 'render_failed',
        sort: 'item',
        hint: 'Remove {{ and {% that are no placeholders from the template.',
      });
    }
  }
  if (mail.subject === '' || mail.text.trim() === '') {
    throw new SluiceError(`template "${template}" gives an empty mail`, {
      code: 'render_failed',
      sort: 'item',
      hint: 'A subject and a body must be left whatever the values are.',
    });
  }
  return mail;
}
