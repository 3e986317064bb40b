import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { Command } from 'commander';
import { loadSettings, type Settings } from '../../config.ts';
import { messageOf, SluiceError, UsageError } from '../../domain/errors.ts';
import { signWebhook } from '../../events/standard-webhooks.ts';
import { print, printJson } from '../output.ts';
import { visibleText } from '../visible-text.ts';

const LIMIT_MS = 30_000;

interface SendOptions {
  readonly type: string;
  readonly resource: string;
  readonly data?: string;
  readonly timestamp?: string;
  readonly id?: string;
  readonly url?: string;
  readonly json?: true;
}

interface Answer {
  readonly accepted?: readonly {
    readonly id: string;
    readonly duplicate: boolean;
    readonly runs: readonly { readonly trigger: string; readonly workflowId: string }[];
  }[];
  readonly detail?: string;
  readonly errors?: readonly { readonly field: string; readonly message: string }[];
}

export function sendCommand(): Command {
  return new Command('send')
    .description('sign an event with EVENTS_SECRETS and post it to a gateway, as a website does')
    .requiredOption('--type <type>', 'like lead.opted_in')
    .requiredOption('--resource <resource>', 'like lead.42')
    .option('--data <json>', 'a JSON object, or @file that holds one')
    .option('--timestamp <time>', 'when it happened, ISO 8601 with an offset (default: now)')
    .option('--id <id>', 'the same again is the same event (default: a new one)')
    .option('--url <url>', 'of the gateway (default: PUBLIC_URL, or GATEWAY_HOST and GATEWAY_PORT)')
    .option('--json', 'the answer as one JSON value on stdout')
    .addHelpText(
      'after',
      `\nExample:\n  sluice events send --type lead.opted_in --resource lead.42 --data '{"email":"sarah@example.com"}'`,
    )
    .action(send);
}

async function send({ type, resource, data, timestamp, id, url, json }: SendOptions): Promise<void> {
  const settings = loadSettings();
  const [secret] = settings.events.secrets;
  if (secret === undefined)
    throw new SluiceError('EVENTS_SECRETS is not set', {
      code: 'setting_missing',
      hint: 'Set the secret of the gateway in the environment or in .env, or start the local stack: npm start.',
    });
  const body = JSON.stringify({
    type,
    timestamp: timestamp ?? new Date().toISOString(),
    resource,
    data: parseData(data),
  });
  const { status, answer } = await post({
    url: `${(url ?? gatewayUrl(settings)).replace(/\/+$/, '')}/v1/events`,
    body,
    headers: signWebhook({ id: id ?? `cli_${randomUUID()}`, at: new Date(), body, secret }),
  });
  if (json === true) printJson(answer);
  if (status !== 202) {
    const fields = answer.errors?.map(({ field, message }) => `\n  ${field} ${message}`).join('') ?? '';
    throw new SluiceError(
      `the gateway answered ${status}: ${visibleText(answer.detail ?? '', { most: 300 })}${fields}`,
      { code: 'event_refused', sort: 'item' },
    );
  }
  if (json === true) return;
  for (const { id: accepted, duplicate, runs } of answer.accepted ?? []) {
    print(`${duplicate ? 'known already' : 'accepted'} ${accepted}`);
    for (const { trigger, workflowId } of runs) print(`  ${trigger}: ${workflowId}`);
  }
}

function parseData(text: string | undefined): unknown {
  if (text === undefined) return {};
  try {
    return JSON.parse(text.startsWith('@') ? readFileSync(text.slice(1), 'utf8') : text);
  } catch (error) {
    throw new UsageError(`--data is not usable: ${messageOf(error)}`, 'Give a JSON object, or @file.');
  }
}

function gatewayUrl({ gateway }: Settings): string {
  const host = gateway.host === '0.0.0.0' || gateway.host === '::' ? '127.0.0.1' : gateway.host;
  return gateway.publicUrl ?? `http://${host.includes(':') ? `[${host}]` : host}:${gateway.port}`;
}

async function post({
  url,
  body,
  headers,
}: {
  readonly url: string;
  readonly body: string;
  readonly headers: Readonly<Record<string, string>>;
}): Promise<{ readonly status: number; readonly answer: Answer }> {
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body,
      redirect: 'error',
      signal: AbortSignal.timeout(LIMIT_MS),
    });
    return { status: response.status, answer: (await response.json()) as Answer };
  } catch (cause) {
    throw new SluiceError(`no gateway answers at ${url}`, {
      code: 'gateway_unreachable',
      hint: 'Start it (npm start, or sluice gateway), or give --url.',
      cause,
    });
  }
}
