import { isGrpcServiceError, NamespaceNotFoundError } from '@temporalio/client';
import { SluiceError } from '../domain/errors.ts';

/** INVALID_ARGUMENT: the request itself is wrong, and will be; all else may be better next time. */
const INVALID_ARGUMENT = 3;

/** What stands in the way of dispatching, and passes: Temporal or our database is away, overloaded or locked. */
export type Trouble = 'temporal' | 'database' | 'other';

export function troubleOf(error: unknown): Trouble {
  for (let one = error, depth = 0; one instanceof Error && depth < 5; one = one.cause, depth += 1) {
    if (one instanceof NamespaceNotFoundError || isGrpcServiceError(one)) return 'temporal';
    const { errno, sqlState } = one as { errno?: unknown; sqlState?: unknown };
    if (one.name === 'DrizzleQueryError' || typeof sqlState === 'string' || typeof errno === 'number')
      return 'database';
  }
  return 'other';
}

/** Whether it is tried again; what does not pass is noted with the event instead. */
export function isPassing(error: unknown): boolean {
  for (let one = error, depth = 0; one instanceof Error && depth < 5; one = one.cause, depth += 1) {
    if (one instanceof SluiceError) return one.sort === 'retry' || one.sort === 'unknown';
    if (isGrpcServiceError(one)) return !isOurFault(one.code);
  }
  return troubleOf(error) !== 'other';
}

function isOurFault(grpcCode: number): boolean {
  return grpcCode === INVALID_ARGUMENT;
}
