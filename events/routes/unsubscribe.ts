import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { recordUnsubscribe } from '../../db/unsubscribe.ts';
import { pageHeaders } from '../../mail/page.ts';
import { chosenScope, readUnsubscribeToken, type UnsubscribeLink } from '../../mail/unsubscribe.ts';
import { confirmationPage, donePage, invalidLinkPage } from '../../mail/unsubscribe-pages.ts';
import type { RouteDeps } from '../deps.ts';
import { ProblemError, problem } from '../problem.ts';
import { bytesOf } from './body.ts';
import { linkSecret } from './secret.ts';

const MOST_BODY_BYTES = 16 * 1024;

interface LinkRequest {
  Params: { readonly token: string };
}

/**
 * /u/{token}: the unsubscribe link of a mail, without login. GET shows a page and changes nothing, since mail filters
 * open links; POST unsubscribes, from the page's form or from a mail program (RFC 8058).
 */
export async function unsubscribeRoutes(app: FastifyInstance, deps: RouteDeps): Promise<void> {
  app.get<LinkRequest>('/u/:token', async (request, reply) => {
    const link = linkOf(request, deps);
    return link === undefined ? invalid(reply) : page(reply, confirmationPage(link));
  });
  app.post<LinkRequest>('/u/:token', { bodyLimit: MOST_BODY_BYTES }, async (request, reply) => {
    const link = linkOf(request, deps);
    if (link === undefined) return invalid(reply);
    const scope = chosenScope(link, formOf(bytesOf(request.body)));
    try {
      await recordUnsubscribe(deps.database, {
        ...link,
        scope,
        at: new Date(),
        hashAddress: deps.hashAddress,
      });
    } catch (error) {
      deps.onError({ route: '/u/:token', error });
      throw new ProblemError(
        problem({
          status: 503,
          code: 'not_durable',
          detail: 'it could not be written down; try again in a minute',
        }),
        { retryAfter: 30 },
      );
    }
    deps.onAccepted();
    return page(reply, donePage({ scope }));
  });
}

function linkOf(request: FastifyRequest<LinkRequest>, deps: RouteDeps): UnsubscribeLink | undefined {
  return readUnsubscribeToken(linkSecret(deps), request.params.token);
}

/** Fields of the page's form. A mail program's body has none that matters, in whichever of its two encodings. */
function formOf(body: Buffer): Readonly<Record<string, unknown>> {
  return Object.fromEntries(new URLSearchParams(body.toString('utf8')));
}

function invalid(reply: FastifyReply) {
  return page(reply.code(404), invalidLinkPage());
}

function page(reply: FastifyReply, html: string) {
  return reply.headers(pageHeaders).send(html);
}
