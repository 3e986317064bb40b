import { setTimeout as wait } from 'node:timers/promises';
import { SluiceError } from '../domain/errors.ts';

/** Brevo counts calls by bucket, for the whole account. https://developers.brevo.com/docs/api-limits */
export type LimitBucket = 'contacts' | 'mail' | 'mail_list' | 'mail_reports' | 'other';

export function bucketOf({ method, path }: { readonly method: string; readonly path: string }): LimitBucket {
  if (path.startsWith('/contacts')) return 'contacts';
  if (path === '/smtp/email' && method === 'POST') return 'mail';
  if (path.startsWith('/smtp/emails')) return 'mail_list';
  return path.startsWith('/smtp/') ? 'mail_reports' : 'other';
}

/** Where all workers of an account take turns. Times are milliseconds from now. */
export interface LimitStore {
  /** @returns how long to wait for the turn; one further away than `patienceMs` is not taken. */
  takeTurn(turn: {
    readonly bucket: LimitBucket;
    readonly gapMs: number;
    readonly patienceMs: number;
  }): Promise<number>;
  block(pause: { readonly bucket: LimitBucket; readonly pauseMs: number }): Promise<void>;
}

const SECOND_MS = 1_000;
const LONGEST_MS = 3_600_000;
/** A pause this short is waited out in place; a longer one gives the worker's slot back. */
const WAIT_IN_PLACE_MS = 5_000;

/**
 * How long the answer's `x-sib-ratelimit-*` headers ask us to stay away: `undefined` while calls remain. A bucket that
 * is full again within a second is left to the pace of the task queue; waiting it out would halve the rate.
 * `-reset` is taken as seconds and held between 1 s and 1 h.
 * https://developers.brevo.com/docs/limit-headers
 */
export function pauseOf({
  status,
  headers,
}: {
  readonly status: number;
  readonly headers: Headers;
}): number | undefined {
  const given = Number(headers.get('x-sib-ratelimit-reset') ?? headers.get('retry-after') ?? Number.NaN);
  const resetMs = Number.isFinite(given) && given > 0 ? given * SECOND_MS : SECOND_MS;
  const pause = Math.min(LONGEST_MS, Math.max(SECOND_MS, resetMs));
  if (status === 429) return pause;
  const remaining = headers.get('x-sib-ratelimit-remaining');
  return remaining !== null && Number(remaining) <= 0 && pause > SECOND_MS ? pause : undefined;
}

/** Waits for the account's next turn, or throws sort `retry` with the time to come back. */
export async function passGate(
  {
    store,
    bucket,
    gapMs,
  }: { readonly store: LimitStore; readonly bucket: LimitBucket; readonly gapMs: number },
  signal?: AbortSignal,
): Promise<void> {
  const left = await store.takeTurn({ bucket, gapMs, patienceMs: WAIT_IN_PLACE_MS });
  if (left > WAIT_IN_PLACE_MS) {
    throw new SluiceError(`the account's limit for ${bucket} is used up`, {
      code: 'brevo_limit',
      sort: 'retry',
      retryAfterMs: left,
    });
  }
  if (left > 0) await wait(left, undefined, signal === undefined ? {} : { signal });
}
