import { readFileSync } from 'node:fs';
import { Command } from 'commander';
import { loadSettings, type Settings } from '../config.ts';
import { messageOf, SluiceError, UsageError } from '../domain/errors.ts';
import { readStackRecord } from '../local/stack-file.ts';
import { print, remark } from './output.ts';

const PORT = 8234;
/** Where `temporal server start-dev` puts its Web UI. */
const USUAL_WEB_UI = 'http://127.0.0.1:8233';

interface Options {
  readonly port: string;
  readonly allowOrigin?: readonly string[];
  readonly tokenFile?: string;
}

export function codecCommand(): Command {
  return new Command('codec')
    .description('decrypt payloads for the Web UI and the temporal program, on this machine, until stopped')
    .option('--port <number>', 'on 127.0.0.1; 0: any free one', String(PORT))
    .option(
      '--allow-origin <url...>',
      `pages that may ask (default: the Web UI of the local stack, or ${USUAL_WEB_UI})`,
    )
    .option('--token-file <file>', 'file with a bearer token that every request must bear')
    .option('--json', 'JSON lines only (the default: this command prints nothing else)')
    .addHelpText(
      'after',
      `
Whoever reaches it can read what TEMPORAL_PAYLOAD_KEYS protects; it answers this machine only. Name it in the Web UI
(the codec server button at the top right), or ask with the temporal program.

Example:
  sluice codec
  temporal workflow show --workflow-id funnel-sync --codec-endpoint http://127.0.0.1:${PORT}`,
    )
    .action(serve);
}

async function serve(options: Options): Promise<void> {
  const settings = loadSettings();
  if (settings.payloadKeys.length === 0) {
    throw new SluiceError('TEMPORAL_PAYLOAD_KEYS is not set: nothing is encrypted', {
      code: 'setting_missing',
      hint: 'docs/privacy.md says how encryption is switched on.',
    });
  }
  const allowedOrigins = (options.allowOrigin ?? webUiOrigins(settings)).map(parseOrigin);
  const bearerToken = options.tokenFile === undefined ? undefined : readToken(options.tokenFile);
  const { createCodecServer } = await import('../workers/codec-server.ts');
  const app = createCodecServer({
    keys: settings.payloadKeys,
    allowedOrigins,
    ...(bearerToken === undefined ? {} : { bearerToken }),
    onUnreadable: ({ code, message }) => process.stderr.write(`${JSON.stringify({ code, message })}\n`),
  });
  const url = await app.listen({ host: '127.0.0.1', port: parsePort(options.port) });
  remark(`decrypts at ${url} for ${allowedOrigins.join(', ')}; Ctrl-C stops it`);
  print(JSON.stringify({ ready: true, url }));
  await new Promise<void>((stopped) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stopped());
  });
  await app.close();
}

/** A browser that was given the name instead of the number is of another origin. */
function webUiOrigins({ home }: Settings): readonly string[] {
  const webUi = readStackRecord(home)?.urls.temporalWebUi ?? USUAL_WEB_UI;
  return [webUi, webUi.replace('//127.0.0.1', '//localhost')];
}

function parseOrigin(value: string): string {
  const url = URL.canParse(value) ? new URL(value) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol)) {
    throw new UsageError(`--allow-origin "${value}" is not an origin; like ${USUAL_WEB_UI}`);
  }
  return url.origin;
}

function parsePort(value: string): number {
  if (/^\d{1,5}$/.test(value) && Number(value) < 65_536) return Number(value);
  throw new UsageError(`--port "${value}" is not a port; like ${PORT}`);
}

function readToken(file: string): string {
  let token: string;
  try {
    token = readFileSync(file, 'utf8').trim();
  } catch (error) {
    throw new UsageError(`--token-file cannot be read: ${messageOf(error)}`);
  }
  if (token.length < 16) throw new UsageError('--token-file holds less than 16 characters');
  return token;
}
