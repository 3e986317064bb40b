import { Readable } from 'node:stream';
import type { FastifyInstance, FastifyReply } from 'fastify';
import { type Artefact, findArtefact, readArtefact } from '../../db/artefacts.ts';
import { createTurns } from '../../domain/turns.ts';
import { readFileToken } from '../../mail/file-links.ts';
import { goneFilePage, invalidFilePage } from '../../mail/file-pages.ts';
import { pageHeaders } from '../../mail/page.ts';
import { attachmentHeader } from '../content-disposition.ts';
import type { RouteDeps } from '../deps.ts';
import { ProblemError, problem } from '../problem.ts';
import { linkSecret } from './secret.ts';

interface FileRequest {
  Params: { readonly token: string };
}

/** Each holds some chunks of 1 MB in memory. */
const MOST_DOWNLOADS = 16;
/** Of the connections that events need, too. */
const READS_AT_ONCE = 2;
/** A receiver that takes nothing for so long gives its place to another. */
const STALLED_MS = 60_000;
/** How long a gateway that stops lets downloads go on. */
const CLOSING_MS = 3_000;
const RETRY_SECONDS = 10;

/** /f/{token}: a stored file for whoever has its link, until the link expires. */
export async function fileRoutes(app: FastifyInstance, deps: RouteDeps): Promise<void> {
  const turn = createTurns({ atOnce: READS_AT_ONCE, waiting: MOST_DOWNLOADS });
  const downloads = new Set<FastifyReply['raw']>();
  app.addHook('preClose', async () => {
    setTimeout(() => {
      for (const download of downloads) download.destroy();
    }, CLOSING_MS).unref();
  });
  app.route<FileRequest>({
    method: ['GET', 'HEAD'],
    url: '/f/:token',
    handler: async (request, reply) => {
      const link = readFileToken({ secret: linkSecret(deps), token: request.params.token });
      if (link === undefined) return page(reply.code(404), invalidFilePage());
      const now = Date.now();
      if (link.expiresAt.getTime() <= now) return page(reply.code(410), goneFilePage());
      const artefact = await findArtefact(deps.database.orm, link.artefactId);
      if (artefact === undefined || artefact.expiresAt.getTime() <= now) {
        return page(reply.code(410), goneFilePage());
      }
      if (request.method === 'HEAD') return reply.headers(headersOf(artefact)).send();
      if (downloads.size >= MOST_DOWNLOADS) throw busy();
      downloads.add(reply.raw);
      reply.raw.once('close', () => downloads.delete(reply.raw));
      reply.raw.setTimeout(STALLED_MS, () => reply.raw.destroy());
      const content = inTurn(readArtefact(deps.database.orm, artefact.id), turn);
      // What goes wrong before the first chunk can still be said; later the connection is cut, and the length shows it.
      const first = await content.next();
      return reply.headers(headersOf(artefact)).send(Readable.from(joined(first, content)));
    },
  });
}

function headersOf({ name, mediaType, bytes }: Artefact) {
  return {
    'content-type': mediaType,
    'content-length': bytes,
    'content-disposition': attachmentHeader(name),
    'cache-control': 'private, no-store',
    'content-security-policy': "sandbox; default-src 'none'",
    'referrer-policy': 'no-referrer',
    'x-content-type-options': 'nosniff',
    'x-robots-tag': 'noindex, nofollow',
  };
}

async function* inTurn(
  content: AsyncGenerator<Buffer, void, undefined>,
  turn: <T>(work: () => Promise<T>) => Promise<T>,
): AsyncGenerator<Buffer, void, undefined> {
  for (;;) {
    const { done, value } = await turn(() => content.next());
    if (done === true) return;
    yield value;
  }
}

async function* joined(
  first: IteratorResult<Buffer, void>,
  rest: AsyncGenerator<Buffer, void, undefined>,
): AsyncGenerator<Buffer, void, undefined> {
  if (first.done === true) return;
  yield first.value;
  yield* rest;
}

function page(reply: FastifyReply, html: string) {
  return reply.headers(pageHeaders).send(html);
}

function busy(): ProblemError {
  return new ProblemError(
    problem({
      status: 503,
      code: 'busy',
      detail: 'too many files are being downloaded; try again in a moment',
    }),
    { retryAfter: RETRY_SECONDS },
  );
}
