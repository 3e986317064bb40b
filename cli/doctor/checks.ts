import { messageOf, SluiceError } from '../../domain/errors.ts';

export type CheckState = 'ok' | 'warning' | 'failed' | 'skipped';

/** One thing looked at: what was found and, where something is wrong, how to mend it. Holds no secret. */
export interface Check {
  readonly name: string;
  readonly state: CheckState;
  readonly found: string;
  readonly mend?: string;
}

export type Finding = Omit<Check, 'name'>;

/** No check waits longer, whatever does not answer. */
const BOUND_MS = 10_000;

/**
 * Runs one check. Whatever goes wrong in it is its finding, also that it does not end in time.
 * @param look gets a signal that is given when time is up.
 * @param options.mend what to do when time is up.
 */
export async function check(
  name: string,
  look: (signal: AbortSignal) => Promise<Finding>,
  { boundMs = BOUND_MS, mend }: { readonly boundMs?: number; readonly mend?: string } = {},
): Promise<Check> {
  const timeUp = Promise.withResolvers<Finding>();
  const controller = new AbortController();
  const timer = setTimeout(() => {
    const found = `no answer within ${boundMs / 1000} s`;
    timeUp.resolve({ state: 'failed', found, ...(mend === undefined ? {} : { mend }) });
    controller.abort();
  }, boundMs);
  try {
    return { name, ...(await Promise.race([look(controller.signal), timeUp.promise])) };
  } catch (error) {
    return { name, ...failure(error) };
  } finally {
    clearTimeout(timer);
  }
}

/** What an error says, as a finding. */
export function failure(error: unknown): Finding {
  const hint = error instanceof SluiceError ? error.hint : undefined;
  const found = error instanceof SluiceError ? error.message : messageOf(error);
  return { state: 'failed', found, ...(hint === undefined ? {} : { mend: hint }) };
}

export function skipped(names: readonly string[], why: string): readonly Check[] {
  return names.map((name) => ({ name, state: 'skipped', found: why }));
}
