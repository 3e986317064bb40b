import { Command, CommanderError } from 'commander';
import { brevoCommand } from './brevo.ts';
import { migrateCommand } from './migrate.ts';
import { printError } from './output.ts';
import { runCommand } from './run.ts';
import { workerCommand } from './worker.ts';

const program = new Command('sluice')
  .description('Durable marketing flows on Temporal, MySQL and Brevo.')
  .option('--verbose', 'show the stack of an error')
  .enablePositionalOptions()
  .addCommand(workerCommand())
  .addCommand(migrateCommand())
  .addCommand(runCommand())
  .addCommand(brevoCommand());

for (const command of [program, ...program.commands.flatMap((one) => [one, ...one.commands])])
  command.exitOverride();

try {
  await program.parseAsync();
} catch (error) {
  if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? 0 : 2;
  else process.exitCode = printError(error, { verbose: program.opts<{ verbose?: true }>().verbose === true });
}
