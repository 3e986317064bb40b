import type { Attributes } from '../state/records.ts';

const VARIABLE = /\{\{\s*([\w.-]+)\s*(?:\|\s*default\s*:\s*["']([^"']*)["']\s*)?\}\}/g;

/**
 * Fills `{{ params.name }}`, `{{ contact.NAME }}` and `{{ … | default : "x" }}` as Brevo does: an unknown one becomes
 * empty. Loops and conditions of Brevo's template language are left as they stand.
 */
export function renderTemplate(
  text: string,
  values: { readonly params: Readonly<Record<string, unknown>>; readonly contact: Attributes },
): string {
  return text.replace(VARIABLE, (_, path: string, standard: string | undefined) => {
    const found = path.split('.').reduce<unknown>(step, values);
    return isPrintable(found) ? String(found) : (standard ?? '');
  });
}

function step(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, name)
    ? (value as Readonly<Record<string, unknown>>)[name]
    : undefined;
}

function isPrintable(value: unknown): value is string | number | boolean {
  return (
    (typeof value === 'string' && value !== '') || typeof value === 'number' || typeof value === 'boolean'
  );
}
