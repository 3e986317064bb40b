import type { RouteDeps } from '../deps.ts';
import { ProblemError, problem } from '../problem.ts';

/** The secret that signs links. @throws ProblemError 503 while this gateway was given none. */
export function linkSecret({ secrets }: Pick<RouteDeps, 'secrets'>): string {
  if (secrets.installation !== undefined) return secrets.installation;
  throw new ProblemError(
    problem({
      status: 503,
      code: 'secret_missing',
      detail: 'links cannot be read at present; try again later',
    }),
    { retryAfter: 60 },
  );
}
