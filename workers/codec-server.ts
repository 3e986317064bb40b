import { createHash, timingSafeEqual } from 'node:crypto';
import type { Payload } from '@temporalio/common';
import { type FastifyInstance, type FastifyReply, type FastifyRequest, fastify } from 'fastify';
import { z } from 'zod';
import { SluiceError } from '../domain/errors.ts';
import { createPayloadCodec, type PayloadKey } from './payload-codec.ts';

export interface CodecServerOptions {
  readonly keys: readonly PayloadKey[];
  /** Origins of the pages that may ask, like `http://127.0.0.1:8233`. */
  readonly allowedOrigins: readonly string[];
  /** Where there is one, every request must bear it. */
  readonly bearerToken?: string;
  /** Hears of payloads that stay as they are, by code and key; never of what is in them. */
  readonly onUnreadable: (error: SluiceError) => void;
}

const MOST_BODY_BYTES = 64 * 1024 * 1024;

const base64 = z.string().regex(/^[A-Za-z0-9+/_-]*={0,2}$/);
const payloadsSchema = z.object({
  payloads: z
    .array(z.object({ metadata: z.record(z.string(), base64).nullish(), data: base64.nullish() }).loose())
    .nullish(),
});
type JsonPayload = NonNullable<z.infer<typeof payloadsSchema>['payloads']>[number];

/**
 * Temporal's codec protocol (https://docs.temporal.io/production-deployment/data-encryption): `POST /decode` and
 * `POST /encode` take and give `{ payloads }`, protobuf as JSON. The Web UI calls it from the reader's browser, so it
 * answers pages of the allowed origins only, without cookies. A payload that cannot be decoded comes back as it is:
 * the page shows which key it names, and the rest of the history.
 *
 * Whoever reaches it reads everything. It listens where the caller says, which is loopback unless there is a token.
 */
export function createCodecServer({
  keys,
  allowedOrigins,
  bearerToken,
  onUnreadable,
}: CodecServerOptions): FastifyInstance {
  const codec = createPayloadCodec(keys);
  const origins = new Set(allowedOrigins);
  const app = fastify({ bodyLimit: MOST_BODY_BYTES, forceCloseConnections: true });

  app.addHook('onRequest', async (request, reply) => {
    const { origin } = request.headers;
    reply.header('vary', 'Origin');
    if (origin !== undefined) {
      if (!origins.has(origin)) return refuse(reply, { status: 403, error: 'this origin may not ask' });
      reply.header('access-control-allow-origin', origin);
    }
    if (request.method === 'OPTIONS') return answerPreflight(reply);
    if (bearerToken !== undefined && !hasToken(request, bearerToken)) {
      reply.header('www-authenticate', 'Bearer');
      return refuse(reply, { status: 401, error: 'the bearer token is missing or wrong' });
    }
    return undefined;
  });

  app.post('/encode', async (request, reply) =>
    answer({ request, reply }, async (payloads) => codec.encode([...payloads])),
  );
  app.post('/decode', async (request, reply) =>
    answer({ request, reply }, async (payloads) =>
      Promise.all(payloads.map(async (payload) => decoded(payload))),
    ),
  );
  return app;

  async function decoded(payload: Payload): Promise<Payload> {
    try {
      const [plain = payload] = await codec.decode([payload]);
      return plain;
    } catch (error) {
      if (!(error instanceof SluiceError)) throw error;
      onUnreadable(error);
      return payload;
    }
  }
}

async function answer(
  { request, reply }: { readonly request: FastifyRequest; readonly reply: FastifyReply },
  convert: (payloads: readonly Payload[]) => Promise<readonly Payload[]>,
): Promise<unknown> {
  const body = payloadsSchema.safeParse(request.body);
  if (!body.success) return refuse(reply, { status: 400, error: 'the body is not { payloads: [...] }' });
  const payloads = await convert((body.data.payloads ?? []).map(fromJson));
  return { payloads: payloads.map(toJson) };
}

function answerPreflight(reply: FastifyReply): FastifyReply {
  return reply
    .code(204)
    .header('access-control-allow-methods', 'POST')
    .header('access-control-allow-headers', 'content-type, x-namespace, authorization, authorization-extras')
    .header('access-control-max-age', '600')
    .send();
}

function refuse(
  reply: FastifyReply,
  { status, error }: { readonly status: number; readonly error: string },
): FastifyReply {
  return reply.code(status).send({ error });
}

/** Of digests, whose lengths are equal, so that the time taken tells nothing. */
function hasToken({ headers }: FastifyRequest, token: string): boolean {
  return timingSafeEqual(digest(headers.authorization ?? ''), digest(`Bearer ${token}`));
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

function fromJson({ metadata, data }: JsonPayload): Payload {
  return {
    metadata: Object.fromEntries(
      Object.entries(metadata ?? {}).map(([name, value]) => [name, Buffer.from(value, 'base64')]),
    ),
    data: Buffer.from(data ?? '', 'base64'),
  };
}

function toJson({ metadata, data }: Payload): JsonPayload {
  return {
    metadata: Object.fromEntries(
      Object.entries(metadata ?? {}).map(([name, value]) => [name, Buffer.from(value).toString('base64')]),
    ),
    data: Buffer.from(data ?? []).toString('base64'),
  };
}
