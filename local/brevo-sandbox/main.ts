import { parseArgs } from 'node:util';
import { messageOf, SluiceError, UsageError } from '../../domain/errors.ts';
import { generateSandboxKey } from './keys.ts';
import { type LimitProfile, limitProfileSchema } from './limits.ts';
import { startBrevoSandbox } from './server.ts';

/**
 * The Brevo sandbox as a process of its own:
 * `node local/brevo-sandbox/main.ts --directory D [--port P] [--host H] [--key K]… [--limits general|advanced|extended|off] [--import-delay MS]`
 *
 * Prints one JSON line on stdout when it is ready, `{"url","baseUrl"}`, and with a key that it made itself also `"key"`.
 * SIGTERM and SIGINT close it cleanly.
 */
async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      directory: { type: 'string' },
      port: { type: 'string' },
      host: { type: 'string' },
      key: { type: 'string', multiple: true },
      limits: { type: 'string' },
      'import-delay': { type: 'string' },
    },
  });
  if (values.directory === undefined) {
    throw new UsageError('--directory is missing', 'Name the folder where the sandbox keeps its state.');
  }
  const generated = values.key === undefined ? generateSandboxKey() : undefined;
  const port = numberOf('--port', values.port);
  const limits = profileOf(values.limits);
  const importDelayMs = numberOf('--import-delay', values['import-delay']);
  const sandbox = await startBrevoSandbox({
    directory: values.directory,
    apiKeys: values.key ?? (generated === undefined ? [] : [generated]),
    ...(port === undefined ? {} : { port }),
    ...(values.host === undefined ? {} : { host: values.host }),
    ...(limits === undefined ? {} : { limits }),
    ...(importDelayMs === undefined ? {} : { importDelayMs }),
  });
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => {
      sandbox.close().then(
        () => process.exit(0),
        (error: unknown) => fail(error),
      );
    });
  }
  const { url, baseUrl } = sandbox;
  process.stdout.write(
    `${JSON.stringify({ url, baseUrl, ...(generated === undefined ? {} : { key: generated }) })}\n`,
  );
}

function numberOf(flag: string, text: string | undefined): number | undefined {
  if (text === undefined) {
    return undefined;
  }
  if (!/^\d+$/.test(text)) {
    throw new UsageError(`${flag} ${text} is not a whole number`);
  }
  return Number(text);
}

function profileOf(text: string | undefined): LimitProfile | undefined {
  if (text === undefined) {
    return undefined;
  }
  const profile = limitProfileSchema.safeParse(text);
  if (!profile.success) {
    throw new UsageError(`--limits ${text} is none of ${limitProfileSchema.options.join(', ')}`);
  }
  return profile.data;
}

function fail(error: unknown): void {
  const hint = error instanceof SluiceError && error.hint !== undefined ? ` ${error.hint}` : '';
  process.stderr.write(`brevo-sandbox: ${messageOf(error)}${hint}\n`);
  process.exit(error instanceof UsageError ? 2 : 1);
}

main().catch(fail);
