import { request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';

/**
 * How a call to a channel's webhook ended. `down`: certainly not taken, to be tried again; `refused`: for good; `unknown`:
 * it went out and no answer came in time.
 */
export type CallOutcome =
  | { readonly kind: 'taken' }
  | { readonly kind: 'refused'; readonly reason: string }
  | { readonly kind: 'down'; readonly reason: string; readonly retryAfterMs: number | undefined }
  | { readonly kind: 'unknown'; readonly reason: string };

const TIMEOUT_MS = 15_000;

/**
 * Posts news to a channel. A connection of its own each time: one that was kept might have been closed by the other side,
 * and then nobody knows what became of what was written to it. A connection that breaks without an answer counts as
 * `down`: who answers nothing has not taken it.
 */
export function callChannel({
  url,
  body,
  timeoutMs = TIMEOUT_MS,
}: {
  readonly url: string;
  readonly body: unknown;
  readonly timeoutMs?: number;
}): Promise<CallOutcome> {
  const bytes = Buffer.from(JSON.stringify(body));
  const send = url.startsWith('https:') ? httpsRequest : httpRequest;
  return new Promise((resolve) => {
    let isConnected = false;
    let isLate = false;
    const call = send(url, {
      method: 'POST',
      agent: false,
      headers: { 'content-type': 'application/json', 'content-length': bytes.length },
    });
    const timer = setTimeout(() => {
      isLate = true;
      call.destroy();
    }, timeoutMs);
    const end = (outcome: CallOutcome) => {
      clearTimeout(timer);
      resolve(outcome);
    };
    call.on('socket', (socket) => {
      socket.once(url.startsWith('https:') ? 'secureConnect' : 'connect', () => {
        isConnected = true;
      });
    });
    call.on('response', (answer) => {
      answer.on('error', () => undefined).resume();
      end(outcomeOf(answer));
    });
    // The cause may quote the address, which is a secret.
    call.on('error', () =>
      end(
        isLate && isConnected
          ? { kind: 'unknown', reason: 'no_answer' }
          : { kind: 'down', reason: 'unreachable', retryAfterMs: undefined },
      ),
    );
    call.end(bytes);
  });
}

function outcomeOf({ statusCode = 0, headers }: IncomingMessage): CallOutcome {
  if (statusCode >= 200 && statusCode < 300) return { kind: 'taken' };
  const reason = `http_${statusCode}`;
  const passes = statusCode >= 500 || [408, 425, 429].includes(statusCode);
  if (!passes) return { kind: 'refused', reason };
  const seconds = Number(headers['retry-after'] ?? Number.NaN);
  return { kind: 'down', reason, retryAfterMs: Number.isFinite(seconds) ? seconds * 1000 : undefined };
}
