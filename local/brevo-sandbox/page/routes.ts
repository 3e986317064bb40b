import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { loopbackOnly } from '../http/loopback-only.ts';
import type { Sandbox } from '../sandbox.ts';
import { contactsView } from './contacts-view.ts';
import { faultsView } from './faults-view.ts';
import type { Html } from './html.ts';
import { layout, VIEWS } from './layout.ts';
import { mailsView } from './mails-view.ts';
import { requestsView } from './requests-view.ts';

const pageQuery = z.object({
  view: z.enum(VIEWS).catch('contacts'),
  q: z.string().catch(''),
  list: z.coerce.number().int().optional().catch(undefined),
  offset: z.coerce.number().int().min(0).catch(0),
  email: z.string().trim().toLowerCase().optional().catch(undefined),
  mail: z.string().optional().catch(undefined),
});

/** Lets styles of the page in and nothing else: no script, no image or frame from anywhere. */
const CONTENT_POLICY =
  "default-src 'none'; style-src 'unsafe-inline'; img-src data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/** `GET /`: the page to look at. */
export async function pageRoutes(
  app: FastifyInstance,
  { sandbox }: { readonly sandbox: Sandbox },
): Promise<void> {
  app.get('/', { onRequest: loopbackOnly }, (request, reply) => {
    const query = pageQuery.parse(request.query);
    return reply
      .type('text/html; charset=utf-8')
      .headers({
        'content-security-policy': CONTENT_POLICY,
        'referrer-policy': 'no-referrer',
        'cache-control': 'no-store',
      })
      .send(layout(sandbox, { view: query.view, content: contentOf(sandbox, query) }));
  });
}

function contentOf(sandbox: Sandbox, query: z.output<typeof pageQuery>): Html {
  switch (query.view) {
    case 'contacts':
      return contactsView(sandbox, query);
    case 'mails':
      return mailsView(sandbox, query);
    case 'requests':
      return requestsView(sandbox, query);
    default:
      return faultsView(sandbox);
  }
}
