import type { Fault } from '../faults/rules.ts';
import type { Answer } from './answers.ts';

/** What is done instead of an answer. */
export type Breakage = 'reset' | 'hang' | 'stall';

/** What reaches the caller in place of a plain answer. */
export type Outcome =
  | { readonly kind: 'answer'; readonly answer: Answer; readonly headers?: Readonly<Record<string, string>> }
  | { readonly kind: 'html'; readonly status: number }
  | { readonly kind: 'break'; readonly breakage: Breakage };

/** Codes that Brevo uses with a status, where a rule names none. */
const CODES: Readonly<Record<number, readonly [code: string, message: string]>> = {
  400: ['invalid_parameter', 'The sandbox was told to refuse this call'],
  401: ['unauthorized', 'Key not found'],
  402: ['not_enough_credits', 'You do not have enough credits'],
  403: ['permission_denied', 'Your account is not activated'],
  404: ['document_not_found', 'The sandbox was told not to find this'],
  425: ['too_early', 'Too early'],
  429: ['too_many_requests', 'You have reached the rate limit'],
};

/** A JSON error of any status, worded as Brevo words it. */
export function errorAnswer(input: {
  readonly status: number;
  readonly code?: string | undefined;
  readonly message?: string | undefined;
}): Answer {
  const [code, message] = CODES[input.status] ?? ['internal_error', 'Something went wrong'];
  return { status: input.status, body: { code: input.code ?? code, message: input.message ?? message } };
}

/** For a fault that refuses the call before anything is done: what the caller gets. Undefined for all others. */
export function outcomeBefore(fault: Fault): Outcome | undefined {
  switch (fault.kind) {
    case 'status':
      return { kind: 'answer', answer: errorAnswer(fault) };
    case 'rateLimit':
      return {
        kind: 'answer',
        answer: errorAnswer({ status: 429 }),
        ...(fault.resetSeconds === undefined
          ? {}
          : {
              headers: {
                'x-sib-ratelimit-limit': '10',
                'x-sib-ratelimit-remaining': '0',
                'x-sib-ratelimit-reset': String(fault.resetSeconds),
              },
            }),
      };
    case 'html':
      return { kind: 'html', status: fault.status };
    case 'redirect':
      return { kind: 'answer', answer: { status: 301 }, headers: { location: fault.location } };
    case 'refuseThenReset':
      return { kind: 'break', breakage: 'reset' };
    case 'refuseThenHang':
      return { kind: 'break', breakage: 'hang' };
    default:
      return undefined;
  }
}

/** For a fault that lets the call be done and then spoils the answer. Undefined for all others. */
export function outcomeAfter(fault: Fault): Outcome | undefined {
  switch (fault.kind) {
    case 'acceptThenReset':
      return { kind: 'break', breakage: 'reset' };
    case 'acceptThenHang':
      return { kind: 'break', breakage: 'hang' };
    case 'acceptThenStall':
      return { kind: 'break', breakage: 'stall' };
    case 'acceptThenStatus':
      return { kind: 'answer', answer: errorAnswer(fault) };
    case 'acceptThenHtml':
      return { kind: 'html', status: fault.status };
    default:
      return undefined;
  }
}

/** The page of a gateway that is not Brevo's API. */
export function gatewayPage(status: number): string {
  return `<!DOCTYPE html>\n<html><head><title>${status}</title></head><body><h1>Error ${status}</h1><p>cloud gateway</p></body></html>\n`;
}
