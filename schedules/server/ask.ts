import { setTimeout as wait } from 'node:timers/promises';
import { type Client, isGrpcServiceError } from '@temporalio/client';

/**
 * About one question about a schedule in a hundred is never answered by a busy server: schedules answer by workflow
 * queries, and those get lost between two workers of the server. The next try is answered at once, so patience is short
 * at first; a server that is merely slow gets more each time.
 */
const PATIENCE_MS = [1000, 3000, 9000, 20_000];
/** A server that has just started says that it cannot answer yet. */
const PAUSE_MS = 1000;
const GRPC = { cancelled: 1, deadlineExceeded: 4, failedPrecondition: 9, unavailable: 14 };

/** Asks the server something that may be asked again. */
export async function ask<Answer>(client: Client, question: () => Promise<Answer>): Promise<Answer> {
  let trouble: unknown;
  for (const patience of PATIENCE_MS) {
    const started = Date.now();
    try {
      return await client.withDeadline(started + patience, question);
    } catch (error) {
      if (!isUnanswered(error)) throw error;
      trouble = error;
    }
    if (Date.now() - started < patience / 2) await wait(PAUSE_MS);
  }
  throw trouble;
}

/** The SDK wraps errors of calls. */
function isUnanswered(error: unknown): boolean {
  const cause = error instanceof Error && error.cause !== undefined ? error.cause : error;
  if (!isGrpcServiceError(cause)) return false;
  const code: number = cause.code;
  return code === GRPC.failedPrecondition
    ? cause.details.includes('no poller')
    : code === GRPC.cancelled || code === GRPC.deadlineExceeded || code === GRPC.unavailable;
}
