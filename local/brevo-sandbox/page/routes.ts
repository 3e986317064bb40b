import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { attachmentHeader } from '../../../events/content-disposition.ts';
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

/** Lets styles of the page in, images of this machine (a gateway's charts), and nothing else: no script, no frame. */
const CONTENT_POLICY =
  "default-src 'none'; style-src 'unsafe-inline'; img-src data: http://127.0.0.1:* http://localhost:*; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/** `GET /`: the page to look at; and what was attached to a mail, to be downloaded. */
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

  app.get<{ Params: { readonly uuid: string; readonly number: string } }>(
    '/mails/:uuid/attachments/:number',
    { onRequest: loopbackOnly },
    async (request, reply) => {
      const mail = sandbox.state.mails.get(request.params.uuid);
      const index = Number(request.params.number);
      const digest = mail?.attachmentDigests?.[index] ?? undefined;
      const content = digest === undefined ? undefined : sandbox.state.attachmentFiles.read(digest);
      if (mail === undefined || content === undefined) return reply.callNotFound();
      return reply
        .type('application/octet-stream')
        .headers({
          'content-disposition': attachmentHeader(mail.attachments[index] ?? 'attachment'),
          'x-content-type-options': 'nosniff',
          'cache-control': 'no-store',
        })
        .send(content);
    },
  );
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
