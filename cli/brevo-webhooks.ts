import { Command } from 'commander';
import {
  inspectWebhooks,
  subscribeWebhooks,
  type WebhookSubscription,
} from '../brevo/webhook-subscription.ts';
import { loadSettings, required } from '../config.ts';
import { clientFor } from './brevo-client.ts';
import { confirm, isInteractive } from './confirm.ts';
import { print, printJson } from './output.ts';

export function webhooksCommand(): Command {
  return new Command('webhooks')
    .description("make Brevo tell the gateway what became of mails: PUBLIC_URL's /v1/webhooks/brevo")
    .option('--yes', 'create without asking')
    .option('--renew', 'give those that are there BREVO_WEBHOOK_TOKEN again, after it was changed')
    .option('--json', 'one JSON value on stdout')
    .addHelpText(
      'after',
      '\nExit code 3: something is missing and was not created. Example:\n  sluice brevo webhooks --yes',
    )
    .action(async ({ yes, renew, json }: { yes?: true; renew?: true; json?: true }) => {
      const settings = loadSettings();
      const url = `${required('PUBLIC_URL', settings.gateway.publicUrl)}/v1/webhooks/brevo`;
      const token = required('BREVO_WEBHOOK_TOKEN', settings.events.brevoToken);
      const brevo = clientFor(settings);
      const before = await inspectWebhooks(brevo, url);
      if (json !== true) print(describe(before, url));
      const change =
        (renew === true || isIncomplete(before)) &&
        (yes === true || (json !== true && isInteractive() && (await confirm('Write this to Brevo?'))));
      const after = change
        ? await subscribeWebhooks(brevo, { url, token, renew: renew === true ? 'all' : 'none' })
        : before;
      if (json === true) printJson({ written: change, url, webhooks: after });
      else if (change) print(`\nWritten.\n${describe(after, url)}`);
      if (isIncomplete(after)) process.exitCode = 3;
    });
}

function isIncomplete(webhooks: readonly WebhookSubscription[]): boolean {
  return webhooks.some(({ state }) => state !== 'present');
}

function describe(webhooks: readonly WebhookSubscription[], url: string): string {
  const words = { present: 'is there', missing: 'MISSING', other_events: 'hears too little' } as const;
  return [`webhooks to ${url}`, ...webhooks.map(({ type, state }) => `  ${type}: ${words[state]}`)].join(
    '\n',
  );
}
