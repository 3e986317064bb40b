import { Command } from 'commander';
import { loadSettings } from '../config.ts';
import { print, remark } from './output.ts';

export function workerCommand(): Command {
  return new Command('worker')
    .description('run workflows and activities until stopped; start as many as you like')
    .option('--json', 'JSON lines only (the default: this command prints nothing else)')
    .addHelpText('after', '\nMigrates our database first. Example:\n  APP_DRY_RUN=false sluice worker')
    .action(async () => {
      const settings = loadSettings();
      const { runWorkers } = await import('../workers/main.ts');
      await runWorkers(settings, () => {
        remark(
          `worker polls ${settings.temporal.taskQueue} at ${settings.temporal.address}; Ctrl-C stops it`,
        );
        print(JSON.stringify({ ready: true }));
      });
    });
}
