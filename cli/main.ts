// oxlint-disable-next-line import/no-unassigned-import -- it is imported for what it does to the imports after it
import '../bin/quick-modules.mjs';
import { Command, CommanderError } from 'commander';
import { commandsFor } from './groups.ts';
import { printError } from './output.ts';

const program = new Command('sluice')
  .description('Durable marketing flows on Temporal, MySQL and Brevo.')
  .option('--verbose', 'show the stack of an error')
  .enablePositionalOptions();
for (const command of await commandsFor(process.argv.slice(2))) program.addCommand(command);

for (const command of withAllBelow(program)) command.exitOverride();

function withAllBelow(command: Command): readonly Command[] {
  return [command, ...command.commands.flatMap(withAllBelow)];
}

// `sluice … | head` closes our stdout early; that is no failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit();
});

try {
  await program.parseAsync();
} catch (error) {
  if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? 0 : 2;
  else process.exitCode = printError(error, { verbose: program.opts<{ verbose?: true }>().verbose === true });
}
