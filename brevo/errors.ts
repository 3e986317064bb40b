import { type ErrorSort, SluiceError } from '../domain/errors.ts';

/** Brevo refuses our key; nothing works until somebody changes it. */
const KEY_REFUSED = 'brevo_key_refused';
/** The list of a funnel does not exist in the account. */
export const LIST_MISSING = 'brevo_list_missing';

const MINUTE_MS = 60_000;
const NO_CREDIT_WAIT_MS = 15 * MINUTE_MS;

const HINTS: Readonly<Record<string, string>> = {
  [KEY_REFUSED]:
    'Set the right BREVO_API_KEY (or allow this address in Brevo under Security → Authorised IPs) and restart the worker; no change is lost.',
  brevo_address: 'BREVO_BASE_URL must be the API itself, like https://api.brevo.com/v3.',
  not_enough_credits: 'The Brevo account has no credit left.',
};

/** Codes with status 400 or 403 that speak of the account and not of the contact. */
const ACCOUNT_CODES: Readonly<Record<string, ErrorSort>> = {
  not_enough_credits: 'retry',
  account_in_process: 'retry',
  unauthorized: 'stop',
  permission_denied: 'stop',
  account_under_validation: 'stop',
};

/**
 * Sorts an answer of Brevo that is not a success. The message names status and code only: Brevo's own text may
 * repeat addresses.
 */
export function errorOfAnswer(answer: {
  readonly status: number;
  readonly code: string;
  readonly retryAfterMs?: number | undefined;
}): SluiceError {
  const { status, code } = answer;
  const { sort, name } = sortOf(status, code);
  const retryAfterMs = answer.retryAfterMs ?? (status === 402 ? NO_CREDIT_WAIT_MS : undefined);
  const hint = HINTS[name] ?? HINTS[code];
  return new SluiceError(`Brevo answered ${status} ${code}`, {
    code: name,
    sort,
    status,
    ...(hint === undefined ? {} : { hint }),
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  });
}

function sortOf(status: number, code: string): { readonly sort: ErrorSort; readonly name: string } {
  if (status === 401 || status === 403) return { sort: 'stop', name: KEY_REFUSED };
  if (status === 402) return { sort: 'retry', name: 'not_enough_credits' };
  if (status === 425 || status === 429) return { sort: 'retry', name: 'brevo_limit' };
  if (status === 408 || status >= 500) return { sort: 'unknown', name: 'brevo_down' };
  if (status === 404 && code === 'document_not_found') return { sort: 'item', name: code };
  if (status === 404 || status === 405 || status < 400) return { sort: 'stop', name: 'brevo_address' };
  return { sort: ACCOUNT_CODES[code] ?? 'item', name: code };
}

/** Faults that happen before a request leaves: certainly not done. */
const NOT_SENT = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
]);

export function errorOfFault(fault: unknown): SluiceError {
  const cause = fault instanceof Error && fault.cause !== undefined ? fault.cause : fault;
  const code = (cause as { code?: unknown }).code;
  const word = typeof code === 'string' ? code : cause instanceof Error ? cause.name : 'fault';
  return new SluiceError(`Brevo could not be reached or did not answer (${word})`, {
    code: 'brevo_unreachable',
    sort: NOT_SENT.has(word) ? 'retry' : 'unknown',
    hint: 'Sluice tries again by itself; check BREVO_BASE_URL and the network if it lasts.',
  });
}

export function unreadableAnswer(status: number): SluiceError {
  return new SluiceError(`Brevo answered ${status} with something that is not its JSON`, {
    code: 'brevo_unreadable',
    sort: 'unknown',
  });
}
