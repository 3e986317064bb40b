/**
 * How a failure is treated. Sorted once, here; activities translate it for Temporal and nothing else decides about retries.
 *
 * - `item`: permanent for this one item; mark it, go on with the others.
 * - `retry`: certainly not done yet; wait and try again.
 * - `stop`: nothing of this kind can work until somebody acts (wrong key, missing table); stop and alert, keep the work.
 * - `unknown`: may or may not have happened; find out before doing it again.
 */
export type ErrorSort = 'item' | 'retry' | 'stop' | 'unknown';

export interface SluiceErrorOptions {
  /** Stable machine word, snake_case; appears in results, tables and Temporal failure types. */
  readonly code: string;
  readonly sort?: ErrorSort;
  /** What the operator can do about it, one sentence. */
  readonly hint?: string;
  /** For sort `retry`: when it makes sense to try again. */
  readonly retryAfterMs?: number;
  /** HTTP status of the answer that this error stands for. */
  readonly status?: number;
  readonly cause?: unknown;
}

/** The one error class of the project. Messages never hold secrets, e-mail addresses or response bodies. */
export class SluiceError extends Error {
  override readonly name = 'SluiceError';
  readonly code: string;
  readonly sort: ErrorSort;
  readonly hint: string | undefined;
  readonly retryAfterMs: number | undefined;
  readonly status: number | undefined;

  constructor(message: string, options: SluiceErrorOptions) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = options.code;
    this.sort = options.sort ?? 'stop';
    this.hint = options.hint;
    this.retryAfterMs = options.retryAfterMs;
    this.status = options.status;
  }
}

/** A usage mistake: exit code 2, one line that names the field, the value and what would be right. */
export class UsageError extends SluiceError {
  constructor(message: string, hint?: string) {
    super(message, { code: 'usage', sort: 'stop', ...(hint === undefined ? {} : { hint }) });
  }
}

/** The text of anything thrown, one line, without its stack. */
export function messageOf(error: unknown): string {
  if (error instanceof AggregateError && error.errors.length > 0) {
    return error.errors.map(messageOf).join('; ');
  }
  const text = error instanceof Error ? error.message || error.name : String(error);
  return text.replace(/\s+/g, ' ').trim();
}
