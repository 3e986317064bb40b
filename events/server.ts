import { type FastifyError, type FastifyInstance, fastify } from 'fastify';
import type { RouteDeps } from './deps.ts';
import { openapi } from './openapi.ts';
import { PROBLEM_TYPE, type Problem, ProblemError, problem } from './problem.ts';
import { brevoRoutes } from './routes/brevo.ts';
import { chartRoutes } from './routes/charts.ts';
import { eventRoutes } from './routes/events.ts';
import { fileRoutes } from './routes/files.ts';
import { reportRoutes } from './routes/reports.ts';
import { unsubscribeRoutes } from './routes/unsubscribe.ts';

const MOST_BODY_BYTES = 256 * 1024;
/** Of a link: a chart is all in its address. */
const MOST_TOKEN = 2_000;
/** A whole request must be here by then; slow senders hold no place for ever. */
const REQUEST_MS = 20_000;

/**
 * The gateway's HTTP side, not listening yet. Bodies arrive as they were sent, byte for byte, because signatures are over
 * bytes. Nothing of a request is logged.
 */
export function buildServer(deps: RouteDeps): FastifyInstance {
  const app = fastify({
    bodyLimit: MOST_BODY_BYTES,
    requestTimeout: REQUEST_MS,
    forceCloseConnections: 'idle',
    routerOptions: { ignoreTrailingSlash: true, maxParamLength: MOST_TOKEN },
  });
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));

  app.addHook('onResponse', async (request, reply) => {
    const route = request.routeOptions.url ?? 'unknown';
    deps.metrics.answered({ route, status: reply.statusCode, seconds: reply.elapsedTime / 1000 });
  });
  app.setErrorHandler(async (error: FastifyError, request, reply) => {
    const refused = error instanceof ProblemError ? error : refusalOf(error);
    if (refused === undefined) deps.onError({ route: request.routeOptions.url ?? 'unknown', error });
    const { problem: told, retryAfter } = refused ?? unexpected();
    if (retryAfter !== undefined) reply.header('retry-after', String(retryAfter));
    return reply.code(told.status).type(PROBLEM_TYPE).send(JSON.stringify(told));
  });
  app.setNotFoundHandler(async (_request, reply) => {
    const told = problem({ status: 404, code: 'not_found', detail: 'there is nothing at this address' });
    return reply.code(404).type(PROBLEM_TYPE).send(JSON.stringify(told));
  });

  app.get('/healthz', async () => ({ status: 'ok' }));
  app.get('/readyz', async (_request, reply) => {
    const readiness = await deps.readiness();
    return reply
      .code(readiness.status === 'not_ready' ? 503 : 200)
      .header('cache-control', 'no-store')
      .send(readiness);
  });
  app.get('/metrics', async (_request, reply) =>
    reply.type(deps.metrics.contentType).send(await deps.metrics.text()),
  );
  app.get('/openapi.json', async () => openapi);
  void app.register(eventRoutes, deps);
  void app.register(brevoRoutes, deps);
  void app.register(unsubscribeRoutes, deps);
  void app.register(chartRoutes, deps);
  void app.register(fileRoutes, deps);
  void app.register(reportRoutes, deps);
  return app;
}

/** What Fastify itself refuses, in our words. */
function refusalOf(error: FastifyError): ProblemError | undefined {
  const told: Readonly<Record<string, Omit<Problem, 'title'>>> = {
    FST_ERR_CTP_BODY_TOO_LARGE: {
      status: 413,
      code: 'body_too_large',
      detail: 'the body is larger than this address takes; send fewer events at once',
    },
    FST_ERR_CTP_INVALID_MEDIA_TYPE: {
      status: 415,
      code: 'content_type',
      detail: 'this address does not take such a body',
    },
    FST_ERR_CTP_INVALID_CONTENT_LENGTH: {
      status: 400,
      code: 'content_length',
      detail: 'the body has another length than content-length says',
    },
  };
  const known = told[error.code];
  if (known !== undefined) return new ProblemError(problem(known));
  const status = error.statusCode ?? 500;
  if (status < 400 || status >= 500) return undefined;
  return new ProblemError(problem({ status, code: 'request_invalid', detail: 'the request is not usable' }));
}

/** A fault of ours. The sender comes again, with the same id, and loses nothing. */
function unexpected(): ProblemError {
  return new ProblemError(
    problem({ status: 503, code: 'unexpected', detail: 'something went wrong here; send it again later' }),
    { retryAfter: 5 },
  );
}
