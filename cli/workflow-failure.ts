import { ApplicationFailure, type WorkflowFailedError } from '@temporalio/client';
import { SluiceError } from '../domain/errors.ts';

/** Why a run failed, in the words of whoever threw first, and what it said of itself (`details`) before it ended. */
export function failureOfRun(error: WorkflowFailedError): {
  readonly failure: SluiceError;
  readonly details: unknown;
} {
  let cause: Error = error;
  while (cause.cause instanceof Error) cause = cause.cause;
  const thrown = cause instanceof ApplicationFailure ? cause : undefined;
  return {
    failure: new SluiceError(cause.message, { code: thrown?.type ?? 'run_failed', cause: error }),
    details: thrown?.details?.[0],
  };
}
