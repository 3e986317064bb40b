import type { z } from 'zod';
import type { Origin } from '../contacts/contact-book.ts';
import { read } from '../schemas/fields.ts';
import type { Answer } from './answers.ts';

export type Method = 'GET' | 'POST' | 'PUT' | 'DELETE';

/** A call that got past key, limits and faults. */
export interface Call {
  readonly params: Readonly<Record<string, string>>;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  /** Its ledger entry, its time, and what histories call it: `POST /contacts`. */
  readonly origin: Origin;
  /** The body as it came. */
  readonly raw: unknown;
  /** What the fault script says about an import. */
  readonly importFault: { readonly fails: boolean; readonly invalid: readonly string[] };
}

/** A call whose query was not looked at yet. */
export interface RawCall extends Call {
  readonly query: unknown;
}

/** One of Brevo's calls. `run` answers at once: it awaits nothing, so a call's changes are never half seen. */
export interface Operation {
  readonly method: Method;
  /** Like `/contacts/{identifier}`, without `/v3`. */
  readonly route: string;
  readonly mostBodyBytes: number;
  readonly run: (call: RawCall) => Answer;
}

const MOST_BODY_BYTES = 20 * 1024 * 1024;

/** Ties a route, the schemas of its body and query, and what it does together. */
export function operation<B extends z.ZodType = z.ZodUnknown, Q extends z.ZodType = z.ZodUnknown>(input: {
  readonly method: Method;
  readonly route: string;
  readonly mostBodyBytes?: number;
  readonly body?: B;
  readonly query?: Q;
  readonly run: (call: Call & { readonly body: z.output<B>; readonly query: z.output<Q> }) => Answer;
}): Operation {
  return {
    method: input.method,
    route: input.route,
    mostBodyBytes: input.mostBodyBytes ?? MOST_BODY_BYTES,
    run: (call) =>
      input.run({
        ...call,
        query: (input.query === undefined ? undefined : read(input.query, call.query)) as z.output<Q>,
        body: (input.body === undefined ? undefined : read(input.body, call.raw)) as z.output<B>,
      }),
  };
}
