import { canonicalEmail } from '../contacts/email-address.ts';

/** Keys under which Brevo's requests name people. */
const PEOPLE_KEYS = [
  'to',
  'cc',
  'bcc',
  'contacts',
  'jsonBody',
  'messageVersions',
  'events',
  'identifiers',
] as const;

/**
 * Every e-mail address that a call is about, lower-case and once: in the path, the query, the body, or the rows of an
 * import. Looks only at the places where Brevo's requests name people, so it is quick on an import of thousands.
 */
export function concernedEmails(input: {
  readonly identifier: string | undefined;
  readonly query: Readonly<Record<string, unknown>>;
  readonly body: unknown;
}): string[] {
  const found = new Set<string>();
  note(found, input.identifier);
  note(found, input.query['email']);
  collect(found, input.body);
  if (isRecord(input.body) && typeof input.body['fileBody'] === 'string') {
    for (const cell of input.body['fileBody'].split(/[;,\r\n]/)) {
      note(found, cell.replace(/^"|"$/g, ''));
    }
  }
  return [...found];
}

function collect(found: Set<string>, value: unknown): void {
  if (Array.isArray(value)) {
    for (const item of value) {
      collect(found, item);
    }
  } else if (isRecord(value)) {
    note(found, value['email']);
    note(found, value['email_id']);
    if (Array.isArray(value['emails'])) {
      for (const email of value['emails']) {
        note(found, email);
      }
    }
    for (const key of PEOPLE_KEYS) {
      if (value[key] !== undefined) {
        collect(found, value[key]);
      }
    }
  }
}

function note(found: Set<string>, value: unknown): void {
  if (typeof value === 'string' && value.includes('@')) {
    found.add(canonicalEmail(value));
  }
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
