import { Command } from 'commander';
import { loadSettings } from '../config.ts';
import { print, remark } from './output.ts';

export function gatewayCommand(): Command {
  return new Command('gateway')
    .description(
      "take events of websites and of Brevo's webhooks over HTTP until stopped; start as many as you like",
    )
    .option('--json', 'JSON lines only (the default: this command prints nothing else)')
    .addHelpText(
      'after',
      '\nListens on GATEWAY_HOST and GATEWAY_PORT. Starts without MySQL and Temporal, too: /readyz says what is missing.\n\nExample:\n  GATEWAY_PORT=8090 sluice gateway',
    )
    .action(async () => {
      const settings = loadSettings();
      const [{ openGateway }, { parseBrevoWebhook }, { jsonLog }, queues, payloads, flows, charts] =
        await Promise.all([
          import('../events/gateway.ts'),
          import('../brevo/webhooks.ts'),
          import('../workers/logger.ts'),
          import('../workers/task-queues.ts'),
          import('../workers/data-converter.ts'),
          import('../workflows/index.ts'),
          import('../reports/chart-drawer.ts'),
        ]);
      const { taskQueue } = settings.temporal;
      const gateway = await openGateway({
        settings,
        log: jsonLog(settings.logLevel),
        queues: { mail: queues.mailTaskQueue(taskQueue), brevo: queues.brevoTaskQueue(taskQueue) },
        workflows: new Set(Object.keys(flows)),
        parseWebhook: parseBrevoWebhook,
        charts: charts.createChartDrawer(),
        dataConverter: payloads.createDataConverter(settings.payloadKeys),
      });
      remark(`gateway listens on ${gateway.url}; Ctrl-C stops it`);
      print(JSON.stringify({ ready: true, url: gateway.url }));
      await asked();
      await gateway.stop();
    });
}

/** Settles at the first SIGINT or SIGTERM; a second one ends the process as it always does. */
function asked(): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  process.once('SIGINT', () => resolve());
  process.once('SIGTERM', () => resolve());
  return promise;
}
