import { setTimeout as wait } from 'node:timers/promises';
import { SluiceError } from '../domain/errors.ts';

/** Brevo counts calls by bucket, for the whole account. https://developers.brevo.com/docs/api-limits */
export type LimitBucket = 'contacts' | 'other';

export function bucketOf(path: string): LimitBucket {
  return path.startsWith('/contacts') ? 'contacts' : 'other';
}

/** Where all workers of an account agree when a bucket may be used again. Times are UTC milliseconds. */
export interface LimitStore {
  blockedUntil(bucket: LimitBucket): Promise<number | undefined>;
  block(bucket: LimitBucket, until: number): Promise<void>;
}

const SECOND_MS = 1_000;
const LONGEST_MS = 3_600_000;
/** A pause this short is waited out in place; a longer one gives the worker's slot back. */
const WAIT_IN_PLACE_MS = 3_000;

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

/** Waits until the bucket is free, or throws sort `retry` with the time to come back. */
export async function passGate(
  { store, bucket }: { readonly store: LimitStore; readonly bucket: LimitBucket },
  signal?: AbortSignal,
): Promise<void> {
  const until = await store.blockedUntil(bucket);
  const left = until === undefined ? 0 : until - Date.now();
  if (left <= 0) return;
  if (left <= WAIT_IN_PLACE_MS) {
    await wait(left, undefined, signal === undefined ? {} : { signal });
    return;
  }
  throw new SluiceError(`the account's limit for ${bucket} is used up`, {
    code: 'brevo_limit',
    sort: 'retry',
    retryAfterMs: left,
  });
}
