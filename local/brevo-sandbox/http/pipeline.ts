import { randomUUID } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Fault } from '../faults/rules.ts';
import { REAL_KEY_MESSAGE } from '../keys.ts';
import { bucketOf } from '../limits.ts';
import type { Sandbox } from '../sandbox.ts';
import { type Answer, Refusal } from './answers.ts';
import { concernedEmails } from './concerned-emails.ts';
import { errorAnswer, type Outcome, outcomeAfter, outcomeBefore } from './fault-player.ts';
import type { Operation, RawCall } from './operation.ts';
import { answerWith } from './reply.ts';

/** A call as it came in, before anything was decided about it. */
interface Incoming {
  readonly method: string;
  readonly route: string | null;
  readonly path: string;
  readonly emails: readonly string[];
  readonly query: Readonly<Record<string, unknown>>;
  readonly body: unknown;
  readonly isJson: boolean;
  readonly bodyBytes: number;
}

interface Decision {
  readonly answer: Answer;
  readonly accepted: boolean;
}

/**
 * Serves one call of Brevo's API, in this order: key, limits, fault script, request check, change, ledger, answer.
 *
 * The change and its ledger entry reach the disk in one piece before the first byte of an answer, so the ledger is
 * right also where the answer never arrives.
 */
export async function serve(input: {
  readonly sandbox: Sandbox;
  readonly operation: Operation | undefined;
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
}): Promise<void> {
  const { sandbox, operation, request, reply } = input;
  const incoming = readIncoming(request, operation);
  void reply.header('sib-request-id', randomUUID());

  const refused = refuseByKey({ sandbox, request }) ?? countAgainstLimits({ sandbox, incoming, reply });
  if (refused !== undefined) {
    record({ sandbox, incoming, decision: { answer: refused, accepted: false }, request });
    return answerWith(reply, { kind: 'answer', answer: refused });
  }

  const fault = sandbox.faults.meet(incoming);
  const before = fault === undefined ? undefined : outcomeBefore(fault);
  if (before !== undefined) {
    record({ sandbox, incoming, decision: { answer: answerOf(before), accepted: false }, fault, request });
    return answerWith(reply, before);
  }
  if (fault?.kind === 'slow') {
    await wait(fault.delayMs);
  }

  const decision = decide({ sandbox, operation, incoming, request, fault });
  const after = fault === undefined ? undefined : outcomeAfter(fault);
  record({ sandbox, incoming, decision, fault, request });
  return answerWith(reply, after ?? { kind: 'answer', answer: decision.answer }, decision.answer);
}

function readIncoming(request: FastifyRequest, operation: Operation | undefined): Incoming {
  const text = typeof request.body === 'string' ? request.body : '';
  const { body, isJson } = parseBody(text);
  const params = request.params as Readonly<Record<string, string | undefined>>;
  const query = request.query as Readonly<Record<string, unknown>>;
  return {
    method: request.method,
    route: operation?.route ?? null,
    path: decodeURIComponent(new URL(request.url, 'http://sandbox').pathname).replace(/^\/v3/, ''),
    emails: concernedEmails({ identifier: params['identifier'] ?? params['email'], query, body }),
    query,
    body,
    isJson,
    bodyBytes: Buffer.byteLength(text),
  };
}

function parseBody(text: string): { readonly body: unknown; readonly isJson: boolean } {
  if (text === '') {
    return { body: undefined, isJson: true };
  }
  try {
    return { body: JSON.parse(text), isJson: true };
  } catch {
    return { body: undefined, isJson: false };
  }
}

function refuseByKey({
  sandbox,
  request,
}: {
  readonly sandbox: Sandbox;
  readonly request: FastifyRequest;
}): Answer | undefined {
  const header = request.headers['api-key'];
  switch (sandbox.keys.check(typeof header === 'string' ? header : undefined)) {
    case 'accepted':
      return undefined;
    case 'missing':
      return errorAnswer({ status: 401, message: 'authentication not found in headers' });
    case 'real':
      return errorAnswer({ status: 401, message: REAL_KEY_MESSAGE });
    default:
      return errorAnswer({ status: 401, message: 'Key not found' });
  }
}

function countAgainstLimits(input: {
  readonly sandbox: Sandbox;
  readonly incoming: Incoming;
  readonly reply: FastifyReply;
}): Answer | undefined {
  const { method, route, path } = input.incoming;
  const { allowed, bound } = input.sandbox.limits.take(bucketOf(method, route ?? path));
  if (bound !== null) {
    void input.reply.headers({
      'x-sib-ratelimit-limit': String(bound.limit),
      'x-sib-ratelimit-remaining': String(bound.remaining),
      'x-sib-ratelimit-reset': String(bound.resetSeconds),
    });
  }
  return allowed ? undefined : errorAnswer({ status: 429 });
}

function decide(input: {
  readonly sandbox: Sandbox;
  readonly operation: Operation | undefined;
  readonly incoming: Incoming;
  readonly request: FastifyRequest;
  readonly fault: Fault | undefined;
}): Decision {
  const { sandbox, operation, incoming, request, fault } = input;
  try {
    if (operation === undefined) {
      throw new Refusal(404, { code: 'document_not_found', message: 'Route not found' });
    }
    if (incoming.bodyBytes > operation.mostBodyBytes) {
      const most = `${Math.floor(operation.mostBodyBytes / 1_024)} KB`;
      throw new Refusal(400, { code: 'invalid_parameter', message: `Request body is larger than ${most}` });
    }
    if (!incoming.isJson) {
      throw new Refusal(400, { code: 'bad_request', message: 'Input must be a valid JSON object' });
    }
    const call: RawCall = {
      params: request.params as Readonly<Record<string, string>>,
      headers: request.headers,
      query: incoming.query,
      raw: incoming.body,
      origin: {
        sequence: sandbox.state.ledger.size + 1,
        at: sandbox.clock.nowIso(),
        by: `${operation.method} ${operation.route}`,
      },
      importFault: {
        fails: fault?.kind === 'importFails',
        invalid: fault?.kind === 'importInvalid' ? fault.emails : [],
      },
    };
    return { answer: operation.run(call), accepted: true };
  } catch (error) {
    if (error instanceof Refusal) {
      return { answer: { status: error.status, body: error.body }, accepted: false };
    }
    throw error;
  }
}

function record(input: {
  readonly sandbox: Sandbox;
  readonly incoming: Incoming;
  readonly decision: Decision;
  readonly request: FastifyRequest;
  readonly fault?: Fault | undefined;
}): void {
  const { sandbox, incoming, decision, request, fault } = input;
  const { state, clock, idempotency } = sandbox;
  const { answer, accepted } = decision;
  const outcome = fault === undefined ? undefined : (outcomeBefore(fault) ?? outcomeAfter(fault));
  state.ledger.append({
    sequence: state.ledger.size + 1,
    at: clock.nowIso(),
    method: incoming.method,
    route: incoming.route,
    path: incoming.path,
    emails: incoming.emails,
    accepted,
    status: answer.status,
    code: codeOf(answer.body),
    effect: accepted ? (answer.effect ?? 'none') : 'none',
    fault: fault?.kind ?? null,
    answered: outcome?.kind !== 'break',
    idempotencyKey:
      incoming.route === '/smtp/email'
        ? idempotency.keyOf({ headers: request.headers, body: incoming.body })
        : null,
    body: answer.processId === undefined ? withoutContents(incoming.body) : withoutRows(incoming.body),
    processId: answer.processId ?? null,
  });
  state.commit();
}

/** The rows of an accepted import have a file of their own. */
function withoutRows(body: unknown): unknown {
  const { jsonBody: _rows, fileBody: _file, ...rest } = body as Readonly<Record<string, unknown>>;
  return rest;
}

/** What is attached to a mail has files of its own; the ledger keeps how long it was. */
function withoutContents(body: unknown): unknown {
  const { attachment } = (body ?? {}) as { readonly attachment?: unknown };
  if (!Array.isArray(attachment)) {
    return body ?? null;
  }
  const shortened = attachment.map((file: unknown) => {
    const { content } = (file ?? {}) as { readonly content?: unknown };
    return typeof content === 'string'
      ? { ...(file as object), content: `${content.length} characters` }
      : file;
  });
  return { ...(body as object), attachment: shortened };
}

function codeOf(body: unknown): string | null {
  return typeof body === 'object' && body !== null && 'code' in body ? String(body.code) : null;
}

function answerOf(outcome: Outcome): Answer {
  return outcome.kind === 'answer'
    ? outcome.answer
    : { status: outcome.kind === 'html' ? outcome.status : 0 };
}
