import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { SluiceError } from '../../../domain/errors.ts';
import { loopbackOnly } from '../http/loopback-only.ts';
import type { Sandbox } from '../sandbox.ts';
import { actRoutes } from './act-routes.ts';
import { lookRoutes } from './look-routes.ts';

/** The control API: look at everything, script faults, move the clock, let mails be opened. Loopback, no key. */
export async function controlRoutes(
  app: FastifyInstance,
  { sandbox }: { readonly sandbox: Sandbox },
): Promise<void> {
  app.addHook('onRequest', loopbackOnly);
  app.setErrorHandler((error, _request, reply) => {
    if (error instanceof z.ZodError) {
      return reply.code(400).send({ error: z.prettifyError(error) });
    }
    if (error instanceof SluiceError) {
      return reply.code(400).send({ error: error.message, hint: error.hint });
    }
    return reply.send(error);
  });
  lookRoutes(app, sandbox);
  actRoutes(app, sandbox);
}
