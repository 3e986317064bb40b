import { createHash, timingSafeEqual } from 'node:crypto';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { recordEngagements } from '../../db/engagements.ts';
import type { RouteDeps } from '../deps.ts';
import { ProblemError, problem } from '../problem.ts';
import { bytesOf, parseJson, requireJson } from './body.ts';

/** Batched webhooks bring up to 500 events, each of some kilobytes. */
const MOST_BODY_BYTES = 4 * 1024 * 1024;
/** Brevo comes again after ten minutes whatever we say; this is for tools that listen to it. */
const RETRY_SECONDS = 60;

/**
 * POST /v1/webhooks/brevo: what became of mails. Brevo drops an event for good after any 5xx and most 4xx, and comes
 * again after 429, so that is what it hears of all trouble of ours
 * (https://developers.brevo.com/docs/how-to-use-webhooks).
 */
export async function brevoRoutes(app: FastifyInstance, deps: RouteDeps): Promise<void> {
  app.post(
    '/v1/webhooks/brevo',
    { bodyLimit: MOST_BODY_BYTES, onRequest: [authorise(deps), requireJson] },
    async (request, reply) => {
      const body = parseJson(bytesOf(request.body));
      try {
        const told = deps.parseWebhook(body);
        const { recorded } = await recordEngagements(deps.database.orm, told, {
          now: new Date(),
          hashAddress: deps.hashAddress,
        });
        deps.metrics.recorded(recorded);
        if (recorded > 0) deps.onAccepted();
        return reply.code(200).send({ recorded });
      } catch (error) {
        deps.onError({ route: '/v1/webhooks/brevo', error });
        throw new ProblemError(
          problem({
            status: 429,
            code: 'not_durable',
            detail: 'it could not be written down; send it again',
          }),
          { retryAfter: RETRY_SECONDS },
        );
      }
    },
  );
}

function authorise({ secrets }: RouteDeps) {
  return async (request: FastifyRequest): Promise<void> => {
    const [, given = ''] = /^Bearer +(\S+)$/i.exec(request.headers.authorization ?? '') ?? [];
    if (secrets.brevoToken !== undefined && isSame(given, secrets.brevoToken)) return;
    throw new ProblemError(
      problem({ status: 401, code: 'token_wrong', detail: 'the bearer token of this webhook is needed' }),
    );
  };
}

/** Compared as digests, so that neither length nor content shows in the time. */
function isSame(a: string, b: string): boolean {
  return timingSafeEqual(digest(a), digest(b));
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
