import { Command } from 'commander';
import { loadSettings, required } from '../config.ts';
import { migrate } from '../db/migrate.ts';
import { describeDatabaseTrouble } from './context.ts';
import { print, printJson } from './output.ts';

export function migrateCommand(): Command {
  return new Command('migrate')
    .description('bring our database up to date; forward only, safe to repeat and to run twice at once')
    .option('--json', 'one JSON value on stdout')
    .addHelpText('after', '\nExample:\n  sluice migrate')
    .action(async ({ json }: { json?: true }) => {
      const settings = loadSettings();
      const databaseUrl = required('DATABASE_URL', settings.databaseUrl);
      const { applied } = await migrate({ databaseUrl }).catch((error: unknown) => {
        throw describeDatabaseTrouble(error);
      });
      if (json === true) printJson({ applied });
      else
        print(applied.length === 0 ? 'nothing to apply' : applied.map((tag) => `applied ${tag}`).join('\n'));
    });
}
