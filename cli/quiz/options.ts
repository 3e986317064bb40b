import { canonicalEmail } from '../../domain/email.ts';
import { UsageError } from '../../domain/errors.ts';
import { parseInstant } from '../run-funnel-sync.ts';
import { visibleText } from '../visible-text.ts';

/** Options of both flows of the quiz. */
export interface QuizOptions {
  readonly asOf?: string;
  readonly only?: string;
  readonly dryRun?: true;
  readonly renderTo?: string;
  readonly showAddresses?: true;
  readonly json?: true;
}

export interface QuizRunInput {
  /** Logical time, ISO 8601; undefined: now. */
  readonly asOf: string | undefined;
  /** Canonical. */
  readonly only: string | undefined;
}

/** @throws UsageError */
export function readQuizOptions({ asOf, only, renderTo }: QuizOptions, mode: 'dry' | 'live'): QuizRunInput {
  if (renderTo !== undefined && mode === 'live') {
    throw new UsageError('--render-to writes the mails of a dry run', 'Add --dry-run.');
  }
  const address = only === undefined ? undefined : canonicalEmail(only);
  if (address?.ok === false)
    throw new UsageError(`--only "${visibleText(only ?? '')}" is not an e-mail address`);
  return {
    asOf: asOf === undefined ? undefined : parseInstant('--as-of', asOf),
    only: address?.email,
  };
}
