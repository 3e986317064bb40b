import type { FastifyReply } from 'fastify';
import type { Answer } from './answers.ts';
import { type Breakage, gatewayPage, type Outcome } from './fault-player.ts';

/**
 * Sends an outcome, or takes the socket away where the outcome is none.
 * @param decided the answer that a break keeps back; a stall shows half of it
 */
export async function answerWith(reply: FastifyReply, outcome: Outcome, decided?: Answer): Promise<void> {
  switch (outcome.kind) {
    case 'answer': {
      void reply.code(outcome.answer.status).headers(outcome.headers ?? {});
      await (outcome.answer.body === undefined ? reply.send() : reply.send(outcome.answer.body));
      return;
    }
    case 'html':
      await reply.code(outcome.status).type('text/html; charset=utf-8').send(gatewayPage(outcome.status));
      return;
    case 'break':
      breakOff(reply, { breakage: outcome.breakage, answer: decided ?? { status: 200 } });
      return;
  }
}

/** Takes the socket away from the server: closes it, leaves it silent, or leaves it in the middle of the answer. */
function breakOff(
  reply: FastifyReply,
  input: { readonly breakage: Breakage; readonly answer: Answer },
): void {
  reply.hijack();
  const { socket } = reply.raw;
  if (input.breakage === 'reset') {
    socket?.resetAndDestroy();
  } else if (input.breakage === 'stall') {
    const body = JSON.stringify(input.answer.body ?? '');
    const head = `HTTP/1.1 ${input.answer.status} Sandbox\r\ncontent-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n`;
    socket?.write(
      input.answer.body === undefined ? head.slice(0, 20) : head + body.slice(0, body.length / 2),
    );
  }
}
