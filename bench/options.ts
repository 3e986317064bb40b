import { parseArgs } from 'node:util';
import { print, printError } from '../cli/output.ts';
import { messageOf, SluiceError, UsageError } from '../domain/errors.ts';

export interface BenchOption {
  readonly about: string;
  readonly fallback: string;
}

export interface Options<Name extends string> {
  readonly format: 'table' | 'json';
  text(name: Name): string;
  /** @throws UsageError for what is no whole number above 0 */
  count(name: Name): number;
}

/**
 * Reads the command line of a benchmark, runs it, and sets the exit code: 0 measured (whether or not a target was met),
 * 1 failed, 2 usage.
 */
export async function benchmark<const Name extends string>(
  { about, options }: { readonly about: string; readonly options: Readonly<Record<Name, BenchOption>> },
  measure: (given: Options<Name>) => Promise<void>,
): Promise<void> {
  try {
    const { help, json, values } = read(Object.keys(options));
    if (help) {
      print(usage({ about, options }));
      return;
    }
    const text = (name: Name) => values[name] ?? options[name].fallback;
    await measure({
      format: json ? 'json' : 'table',
      text,
      count: (name) => {
        if (!/^[1-9]\d{0,9}$/.test(text(name)))
          throw new UsageError(`--${name} ${text(name)} is not a whole number above 0`);
        return Number(text(name));
      },
    });
  } catch (error) {
    // Everything is ended by now; work that was called off may still wait for a server that is gone.
    process.exit(printError(error, { verbose: !(error instanceof SluiceError) }));
  }
}

function read(names: readonly string[]) {
  const flag = { type: 'boolean' } as const;
  const texts = names.map((name) => [name, { type: 'string' } as const]);
  try {
    const parsed = parseArgs({ options: { ...Object.fromEntries(texts), json: flag, help: flag } });
    const { json, help, ...values } = parsed.values as Readonly<Record<string, unknown>>;
    return {
      help: help === true,
      json: json === true,
      values: values as Readonly<Record<string, string | undefined>>,
    };
  } catch (error) {
    throw new UsageError(messageOf(error), 'The option --help shows all options.');
  }
}

function usage({
  about,
  options,
}: {
  about: string;
  options: Readonly<Record<string, BenchOption>>;
}): string {
  const lines = Object.entries(options).map(
    ([name, option]) => `  --${name.padEnd(20)} ${option.about} (${option.fallback || 'unset'})`,
  );
  return [about, '', ...lines, `  --${'json'.padEnd(20)} one JSON value instead of a table`].join('\n');
}
