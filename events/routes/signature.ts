import type { KeyObject } from 'node:crypto';
import type { FastifyRequest } from 'fastify';
import { ProblemError, problem } from '../problem.ts';
import { TOLERANCE_SECONDS, type VerdictReason, verifyWebhook } from '../standard-webhooks.ts';
import { bytesOf } from './body.ts';

const UNVERIFIED: Readonly<Record<VerdictReason, string>> = {
  headers_missing: 'webhook-id, webhook-timestamp and webhook-signature are needed (standardwebhooks.com)',
  timestamp_invalid: 'webhook-timestamp must be seconds since 1970',
  timestamp_off: `webhook-timestamp is more than ${TOLERANCE_SECONDS / 60} minutes from our clock`,
  signature_wrong: 'no signature fits this body, id and timestamp',
};

/** @returns the request's `webhook-id`. @throws ProblemError 401 or, where no secret is set, 503. */
export function verified(
  request: FastifyRequest,
  { keys, now }: { readonly keys: readonly KeyObject[]; readonly now: Date },
): string {
  if (keys.length === 0) {
    throw new ProblemError(
      problem({
        status: 503,
        code: 'events_secrets_missing',
        detail: 'this gateway has no secret to check events',
      }),
    );
  }
  const verdict = verifyWebhook({
    headers: {
      id: header(request, 'webhook-id'),
      timestamp: header(request, 'webhook-timestamp'),
      signature: header(request, 'webhook-signature'),
    },
    body: bytesOf(request.body),
    keys,
    now,
  });
  if (verdict.ok) return verdict.id;
  throw new ProblemError(problem({ status: 401, code: verdict.reason, detail: UNVERIFIED[verdict.reason] }));
}

function header(request: FastifyRequest, name: string): string | undefined {
  const value = request.headers[name];
  return typeof value === 'string' ? value : undefined;
}
