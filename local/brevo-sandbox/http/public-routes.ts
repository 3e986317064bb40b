import type { FastifyInstance } from 'fastify';
import { csvColumn } from '../contacts/csv-rows.ts';
import type { Sandbox } from '../sandbox.ts';

/** What Brevo serves without a key: files that an import left, and the link of a double opt-in. */
export async function publicRoutes(
  app: FastifyInstance,
  { sandbox }: { readonly sandbox: Sandbox },
): Promise<void> {
  const { state, book, clock } = sandbox;

  app.get<{ Params: { processId: string; kind: string } }>(
    '/exports/:processId/:kind',
    async (request, reply) => {
      const process = state.processes.get(Number(request.params.processId));
      const emails = {
        'invalid_emails.csv': process?.invalidEmails,
        'duplicate_email_id.csv': process?.duplicateEmails,
      };
      const found = emails[request.params.kind as keyof typeof emails];
      return found === undefined
        ? reply.code(404).send()
        : reply.type('text/csv; charset=utf-8').send(csvColumn('EMAIL', found));
    },
  );

  app.get<{ Params: { token: string } }>('/confirm/:token', async (request, reply) => {
    const optIn = state.optIns.get(request.params.token);
    if (optIn === undefined) {
      return reply.code(404).type('text/plain').send('This link is not valid.\n');
    }
    const { email, attributes, includeListIds: listIds, excludeListIds: unlinkListIds } = optIn;
    const origin = { sequence: 0, at: clock.nowIso(), by: 'double opt-in' };
    const confirmed = { email, attributes: { ...attributes, 'DOUBLE_OPT-IN': 1 }, listIds, unlinkListIds };
    const existing = book.byEmail(email);
    if (existing === undefined) {
      book.create(confirmed, origin);
    } else {
      book.update(existing, confirmed, origin);
    }
    state.commit();
    return reply.redirect(optIn.redirectionUrl);
  });
}
