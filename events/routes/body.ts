import type { FastifyRequest } from 'fastify';
import { ProblemError, problem } from '../problem.ts';

/** @throws ProblemError 415 for anything but JSON in UTF-8. */
export async function requireJson(request: FastifyRequest): Promise<void> {
  const [type = '', ...parameters] = (request.headers['content-type'] ?? '')
    .split(';')
    .map((part) => part.trim().toLowerCase());
  const charset = parameters.find((part) => part.startsWith('charset='))?.slice('charset='.length);
  const isPlain = request.headers['content-encoding'] === undefined;
  if (type === 'application/json' && isPlain && ['utf-8', '"utf-8"', undefined].includes(charset)) return;
  throw new ProblemError(
    problem({
      status: 415,
      code: 'content_type',
      detail: 'send content-type: application/json, in UTF-8 and not compressed',
    }),
  );
}

export function bytesOf(body: unknown): Buffer {
  return Buffer.isBuffer(body) ? body : Buffer.alloc(0);
}

/** @throws ProblemError 400 for what is no JSON in UTF-8. */
export function parseJson(body: Buffer): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body));
  } catch {
    throw new ProblemError(
      problem({ status: 400, code: 'not_json', detail: 'the body is not JSON in UTF-8' }),
    );
  }
}
