import type { FastifyInstance } from 'fastify';
import { SluiceError } from '../../domain/errors.ts';
import { readChartToken } from '../../mail/chart-links.ts';
import { createChartImages } from '../chart-images.ts';
import type { RouteDeps } from '../deps.ts';
import { ProblemError, problem } from '../problem.ts';
import { linkSecret } from './secret.ts';

interface ChartRequest {
  Params: { readonly token: string };
}

/** The same address is the same image for ever, so every proxy may keep it. */
const HEADERS = {
  'content-type': 'image/png',
  'cache-control': 'public, max-age=31536000, immutable',
  'x-content-type-options': 'nosniff',
  // Webmail shows it within pages of its own.
  'cross-origin-resource-policy': 'cross-origin',
} as const;

const RETRY_SECONDS = 5;

/** /c/{token}.png: the image of a chart in a mail. All that is drawn is in the token, and only we can have signed it. */
export async function chartRoutes(app: FastifyInstance, deps: RouteDeps): Promise<void> {
  const images = createChartImages({
    draw: deps.drawChart,
    onDone: (outcome) => deps.metrics.charted(outcome),
  });
  app.route<ChartRequest>({
    method: ['GET', 'HEAD'],
    url: '/c/:token.png',
    handler: async (request, reply) => {
      const { token } = request.params;
      const chart = readChartToken({ secret: linkSecret(deps), token });
      if (chart === undefined) return reply.callNotFound();
      if (request.method === 'HEAD') {
        const { length } = images.cached(token) ?? {};
        return reply
          .headers({ ...HEADERS, ...(length === undefined ? {} : { 'content-length': length }) })
          .send();
      }
      try {
        const image = await images.get(token, chart);
        return await reply.headers(HEADERS).send(image);
      } catch (error) {
        if (error instanceof SluiceError && error.code === 'busy') throw busy();
        throw error;
      }
    },
  });
}

function busy(): ProblemError {
  return new ProblemError(
    problem({ status: 503, code: 'busy', detail: 'too many images are asked for at once; ask again' }),
    { retryAfter: RETRY_SECONDS },
  );
}
