import type { Attribute, Attributes, AttributeValue } from '../state/records.ts';

const DATE = /^(\d{4})-(\d{2})-(\d{2})(?:[T ].*)?$/;

/** What a set of sent attributes means for a contact. */
export interface AttributeChange {
  readonly set: Attributes;
  readonly erase: readonly string[];
}

/**
 * Reads sent attributes as Brevo does: unknown names and values of the wrong type are ignored without a word, an empty
 * text erases. Texts stand for booleans and numbers too, since a CSV import has nothing else.
 */
export function readAttributes(input: {
  readonly sent: Readonly<Record<string, unknown>>;
  readonly declared: (name: string) => Attribute | undefined;
}): AttributeChange {
  const set: Record<string, AttributeValue> = {};
  const erase: string[] = [];
  for (const [name, value] of Object.entries(input.sent)) {
    const attribute = input.declared(name);
    if (attribute === undefined || attribute.category === 'calculated' || attribute.category === 'global') {
      continue;
    }
    if (value === '') {
      erase.push(name);
      continue;
    }
    const stored = storedValue(attribute, value);
    if (stored !== undefined) {
      set[name] = stored;
    }
  }
  return { set, erase };
}

function storedValue(attribute: Attribute, value: unknown): AttributeValue | undefined {
  switch (attribute.category === 'category' ? 'category' : attribute.type) {
    case 'boolean':
      return booleanOf(value);
    case 'float':
      return numberOf(value);
    case 'date':
      return dateOf(value);
    case 'category':
      return attribute.enumeration?.find((entry) => entry.value === numberOf(value) || entry.label === value)
        ?.value;
    case 'multiple-choice': {
      const options = attribute.multiCategoryOptions ?? [];
      const chosen = Array.isArray(value) ? value : [value];
      return chosen.every((choice): choice is string => options.includes(choice)) ? chosen : undefined;
    }
    default:
      return typeof value === 'string' || typeof value === 'number' ? String(value) : undefined;
  }
}

function booleanOf(value: unknown): boolean | undefined {
  if (typeof value === 'boolean') {
    return value;
  }
  const text = typeof value === 'string' ? value.toLowerCase() : undefined;
  return text === 'true' ? true : text === 'false' ? false : undefined;
}

function numberOf(value: unknown): number | undefined {
  const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
  return typeof number === 'number' && Number.isFinite(number) ? number : undefined;
}

/** Dates are kept without time, `YYYY-MM-DD`; a day that does not exist is no date. */
function dateOf(value: unknown): string | undefined {
  const parts = typeof value === 'string' ? DATE.exec(value) : null;
  if (parts === null) {
    return undefined;
  }
  const day = parts.slice(1, 4).join('-');
  const time = Date.parse(`${day}T00:00:00Z`);
  return Number.isNaN(time) || new Date(time).toISOString().slice(0, 10) !== day ? undefined : day;
}
