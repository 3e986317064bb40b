/** One field that is wrong. `field` like `data.red`, in an array of events `[3].data.red`. */
export interface FieldError {
  readonly field: string;
  readonly message: string;
}

/**
 * Problem Details for HTTP APIs (RFC 9457). `code` is the stable word for programs; `type` is not used, as the standard
 * allows ("about:blank"), because `code` and the status say it.
 */
export interface Problem {
  readonly title: string;
  readonly status: number;
  readonly code: string;
  readonly detail: string;
  readonly errors?: readonly FieldError[];
}

export const PROBLEM_TYPE = 'application/problem+json';

const TITLES: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  401: 'Unauthorized',
  404: 'Not Found',
  405: 'Method Not Allowed',
  409: 'Conflict',
  413: 'Content Too Large',
  415: 'Unsupported Media Type',
  422: 'Unprocessable Content',
  429: 'Too Many Requests',
  503: 'Service Unavailable',
};

/** A refusal on its way to the answer; thrown inside the gateway only. */
export class ProblemError extends Error {
  override readonly name = 'ProblemError';
  readonly problem: Problem;
  /** Seconds after which another try makes sense. */
  readonly retryAfter: number | undefined;

  constructor(problem: Problem, { retryAfter }: { readonly retryAfter?: number } = {}) {
    super(problem.detail);
    this.problem = problem;
    this.retryAfter = retryAfter;
  }
}

export function problem({ status, code, detail, errors }: Omit<Problem, 'title'>): Problem {
  return {
    title: TITLES[status] ?? 'Error',
    status,
    code,
    detail,
    ...(errors === undefined ? {} : { errors }),
  };
}

export const eventsInvalid = (errors: readonly FieldError[]): Problem =>
  problem({ status: 422, code: 'event_invalid', detail: describe(errors), errors });

export const eventConflict = (eventId: string): Problem =>
  problem({
    status: 409,
    code: 'event_conflict',
    detail: `another event with the id ${eventId} was accepted before; a new event needs a new id`,
  });

/** The event refers to somebody of whom nobody knows an address. */
export const personUnknown = ({
  resource,
  at,
}: {
  readonly resource: string;
  readonly at: string;
}): Problem =>
  eventsInvalid([
    {
      field: `${at}data.email`,
      message: `is needed: no event with an address has named ${resource} so far`,
    },
  ]);

function describe(errors: readonly FieldError[]): string {
  const [first, ...others] = errors;
  if (first === undefined) return 'the event is not usable';
  return `${first.field} ${first.message}${others.length === 0 ? '' : `, and ${others.length} more`}`;
}
