import type { FastifyInstance } from 'fastify';
import { allOperations } from '../api/operations.ts';
import type { Sandbox } from '../sandbox.ts';
import { serve } from './pipeline.ts';

/** Brevo's API under `/v3`. Bodies stay text until key, limits and faults have been looked at. */
export async function brevoRoutes(
  app: FastifyInstance,
  { sandbox }: { readonly sandbox: Sandbox },
): Promise<void> {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', { parseAs: 'string' }, (_request, body, done) => done(null, body));
  for (const operation of allOperations(sandbox)) {
    app.route({
      method: operation.method,
      url: operation.route.replace(/\{(\w+)\}/g, ':$1'),
      handler: (request, reply) => serve({ sandbox, operation, request, reply }),
    });
  }
  app.setNotFoundHandler((request, reply) => serve({ sandbox, operation: undefined, request, reply }));
}
