import type { FastifyReply, FastifyRequest } from 'fastify';
import { isLoopbackHost, isLoopbackHostHeader } from '../loopback.ts';

/** Lets only this machine in: by its address, and by the name it asked for, so that no other page can get here. */
export async function loopbackOnly(request: FastifyRequest, reply: FastifyReply): Promise<void> {
  if (!isLoopbackHost(request.ip) || !isLoopbackHostHeader(request.headers.host)) {
    await reply.code(403).send({ error: 'The sandbox controls answer loopback only.' });
  }
}
