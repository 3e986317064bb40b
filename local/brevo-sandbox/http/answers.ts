import type { Effect } from '../state/records.ts';

/** What a route answers. No body means an empty one, as Brevo does for 204 and for some 201. */
export interface Answer {
  readonly status: number;
  readonly body?: unknown;
  readonly effect?: Effect;
  /** For an import: its process. */
  readonly processId?: number;
}

/** Brevo's error body. `code` is an open set. */
export interface ErrorBody {
  readonly code: string;
  readonly message: string;
  readonly metadata?: Readonly<Record<string, unknown>>;
}

/** Thrown by a route to refuse a call; nothing may have been changed before. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
  readonly status: number;
  readonly body: ErrorBody;

  constructor(status: number, body: ErrorBody) {
    super(body.message);
    this.status = status;
    this.body = body;
  }
}

export function invalidParameter(message: string): Refusal {
  return new Refusal(400, { code: 'invalid_parameter', message });
}

export function missingParameter(message: string): Refusal {
  return new Refusal(400, { code: 'missing_parameter', message });
}

export function notFound(message: string): Refusal {
  return new Refusal(404, { code: 'document_not_found', message });
}
