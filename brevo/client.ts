import { z } from 'zod';
import { SluiceError } from '../domain/errors.ts';
import { errorOfAnswer, errorOfFault, unreadableAnswer } from './errors.ts';
import { bucketOf, type LimitBucket, type LimitStore, passGate, pauseOf } from './limits.ts';
import type { BrevoRequest } from './requests.ts';

export interface BrevoClientOptions {
  /** `/v3` included, no slash at the end. */
  readonly baseUrl: string;
  readonly apiKey: string | undefined;
  /** `dry`: nothing is ever written, and the real Brevo is not called at all. */
  readonly mode: 'live' | 'dry';
  readonly isReal: boolean;
  readonly limits: LimitStore;
  /** Milliseconds between two calls to /contacts, for the whole account. */
  readonly gapMs: number;
  /** Milliseconds between two mails, for the whole account; unset: no pace, only the pauses that Brevo asks for. */
  readonly mailGapMs?: number;
}

export interface BrevoClient {
  /**
   * One call, never repeated here. Every answer is checked: a 2xx that is not what Brevo sends counts as unknown.
   * @throws SluiceError sorted by brevo/errors.ts.
   */
  call<T>(request: BrevoRequest, schema: z.ZodType<T>, options?: CallOptions): Promise<T>;
}

export interface CallOptions {
  readonly signal?: AbortSignal;
  /** `finish`: the signal ends the wait for the account's turn alone; a call that has begun comes to its own end. Default: `abort`. */
  readonly onceBegun?: 'finish' | 'abort';
  readonly timeoutMs?: number;
}

/** For calls whose success has no body worth reading (201 with an id, 204). */
export const anyAnswer = z.unknown();

const TIMEOUT_MS = 30_000;
const errorBody = z.object({ code: z.string().max(100) });

export function createBrevoClient(options: BrevoClientOptions): BrevoClient {
  return {
    async call(request, schema, { signal, onceBegun = 'abort', timeoutMs = TIMEOUT_MS } = {}) {
      const key = usableKey(options, request);
      const bucket = bucketOf(request);
      await passGate({ store: options.limits, bucket, gapMs: gapOf(options, bucket) }, signal);
      const ending = signal === undefined || onceBegun === 'finish' ? [] : [signal];
      const answer = await send(`${options.baseUrl}${request.path}`, {
        request,
        key,
        // Covers the body too, which fetch's own time-outs do not.
        signal: AbortSignal.any([AbortSignal.timeout(timeoutMs), ...ending]),
      });
      const pause = pauseOf(answer);
      if (pause !== undefined) await options.limits.block({ bucket, pauseMs: pause });
      return read(answer, schema, pause);
    },
  };
}

function gapOf({ gapMs, mailGapMs = 0 }: BrevoClientOptions, bucket: LimitBucket): number {
  if (bucket === 'contacts') return gapMs;
  return bucket === 'mail' ? mailGapMs : 0;
}

/** The real Brevo is only ever called in live mode, nothing is written in a dry one, and no call goes without a key. */
function usableKey({ apiKey, isReal, mode }: BrevoClientOptions, { method }: BrevoRequest): string {
  if (mode === 'dry' && (isReal || method !== 'GET')) {
    throw new SluiceError(
      `${isReal ? 'the real Brevo is not called' : 'Brevo is not written to'} while APP_DRY_RUN is true`,
      {
        code: 'brevo_dry_run',
        hint: 'Set APP_DRY_RUN=false when everything before it has been checked.',
      },
    );
  }
  if (apiKey === undefined) {
    throw new SluiceError('BREVO_API_KEY is not set', {
      code: 'brevo_key_missing',
      hint: 'Set BREVO_API_KEY in the environment or in .env.',
    });
  }
  return apiKey;
}

interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

async function send(
  url: string,
  {
    request,
    key,
    signal,
  }: { readonly request: BrevoRequest; readonly key: string; readonly signal: AbortSignal },
): Promise<Answer> {
  try {
    const response = await fetch(url, {
      method: request.method,
      headers: {
        ...request.headers,
        'api-key': key,
        accept: 'application/json',
        'content-type': 'application/json',
      },
      redirect: 'manual',
      signal,
      ...(request.body === undefined ? {} : { body: JSON.stringify(request.body) }),
    });
    return { status: response.status, headers: response.headers, text: await response.text() };
  } catch (fault) {
    throw errorOfFault(fault);
  }
}

function read<T>(answer: Answer, schema: z.ZodType<T>, pause: number | undefined): T {
  const body = parseJson(answer.text);
  if (answer.status < 200 || answer.status > 299) {
    const parsed = errorBody.safeParse(body);
    const code = parsed.success ? parsed.data.code : `http_${answer.status}`;
    throw errorOfAnswer({ status: answer.status, code, retryAfterMs: pause });
  }
  if (answer.text !== '' && body === undefined) throw unreadableAnswer(answer.status);
  const data = schema.safeParse(body);
  if (!data.success) throw unreadableAnswer(answer.status);
  return data.data;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
