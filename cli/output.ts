import { messageOf, SluiceError, UsageError } from '../domain/errors.ts';

/** 0 ok, 1 failed, 2 usage, 3 changes pending. */
export type ExitCode = 0 | 1 | 2 | 3;

/** One JSON value on stdout. */
export function printJson(value: unknown): void {
  process.stdout.write(`${JSON.stringify(value, undefined, 2)}\n`);
}

export function print(text: string): void {
  process.stdout.write(text.endsWith('\n') ? text : `${text}\n`);
}

/** Progress and remarks: stderr, and only where somebody looks at it. */
export function remark(text: string): void {
  if (process.stderr.isTTY) process.stderr.write(`${text}\n`);
}

/** One clear line and what to do; the rest with --verbose. @returns the exit code. */
export function printError(error: unknown, { verbose }: { readonly verbose: boolean }): ExitCode {
  process.stderr.write(`sluice: ${error instanceof SluiceError ? error.message : messageOf(error)}\n`);
  if (error instanceof SluiceError && error.hint !== undefined) process.stderr.write(`  ${error.hint}\n`);
  if (verbose && error instanceof Error) process.stderr.write(`${error.stack}\n${causes(error)}`);
  return error instanceof UsageError || (error instanceof SluiceError && error.code === 'settings_invalid')
    ? 2
    : 1;
}

function causes(error: Error): string {
  return error.cause instanceof Error ? `caused by ${error.cause.stack}\n${causes(error.cause)}` : '';
}
