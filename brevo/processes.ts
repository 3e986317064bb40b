import { z } from 'zod';
import type { BrevoClient, CallOptions } from './client.ts';

const process = z.object({
  status: z.string(),
  info: z.object({ import: z.record(z.string(), z.unknown()).nullish() }).nullish(),
});

export type ImportOutcome =
  | { readonly kind: 'running' }
  | { readonly kind: 'failed' }
  /** `reports`: addresses of the CSV files in which Brevo names contacts it did not take in; usually none. */
  | { readonly kind: 'completed'; readonly reports: readonly string[] };

const REPORT_TIMEOUT_MS = 30_000;
const REPORT_LIMIT_BYTES = 32 * 1024 * 1024;

/** https://developers.brevo.com/reference/getprocess */
export async function importOutcome(
  brevo: BrevoClient,
  processId: number,
  options?: CallOptions,
): Promise<ImportOutcome> {
  const answer = await brevo.call({ method: 'GET', path: `/processes/${processId}` }, process, options);
  if (answer.status === 'failed' || answer.status === 'cancelled') return { kind: 'failed' };
  if (answer.status !== 'completed') return { kind: 'running' };
  const reports = Object.values(answer.info?.import ?? {}).filter(
    (value): value is string => typeof value === 'string' && /^https?:\/\//.test(value),
  );
  return { kind: 'completed', reports };
}

/**
 * The addresses of ours that a report names. Reports are public files on another host: no key goes there.
 * @returns `undefined` when the report cannot be read.
 */
export async function namedInReport(
  url: string,
  ours: ReadonlySet<string>,
  signal?: AbortSignal,
): Promise<ReadonlySet<string> | undefined> {
  try {
    const limit = AbortSignal.timeout(REPORT_TIMEOUT_MS);
    const response = await fetch(url, {
      signal: signal === undefined ? limit : AbortSignal.any([limit, signal]),
    });
    const size = Number(response.headers.get('content-length') ?? 0);
    if (!response.ok || size > REPORT_LIMIT_BYTES) return undefined;
    const words = (await response.text()).toLowerCase().split(/[\s;,"]+/);
    return new Set(words.filter((word) => ours.has(word)));
  } catch {
    return undefined;
  }
}
