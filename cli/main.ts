import { Command, CommanderError } from 'commander';
import { brevoCommand } from './brevo.ts';
import { codecCommand } from './codec.ts';
import { contactsCommand } from './contacts/index.ts';
import { conversionsCommand } from './conversions.ts';
import { doctorCommand } from './doctor.ts';
import { downCommand } from './down.ts';
import { entriesCommand } from './entries.ts';
import { eventsCommand } from './events.ts';
import { gatewayCommand } from './gateway.ts';
import { journeysCommand } from './journeys.ts';
import { messagesCommand } from './messages.ts';
import { migrateCommand } from './migrate.ts';
import { printError } from './output.ts';
import { quarantineCommand } from './quarantine.ts';
import { recurrenceCommand } from './recurrence.ts';
import { runCommand } from './run.ts';
import { schedulesCommand } from './schedules/index.ts';
import { templatesCommand } from './templates.ts';
import { upCommand } from './up.ts';
import { workerCommand } from './worker.ts';

const program = new Command('sluice')
  .description('Durable marketing flows on Temporal, MySQL and Brevo.')
  .option('--verbose', 'show the stack of an error')
  .enablePositionalOptions()
  .addCommand(upCommand())
  .addCommand(downCommand())
  .addCommand(workerCommand())
  .addCommand(migrateCommand())
  .addCommand(runCommand())
  .addCommand(conversionsCommand())
  .addCommand(quarantineCommand())
  .addCommand(entriesCommand())
  .addCommand(gatewayCommand())
  .addCommand(eventsCommand())
  .addCommand(journeysCommand())
  .addCommand(messagesCommand())
  .addCommand(templatesCommand())
  .addCommand(contactsCommand())
  .addCommand(codecCommand())
  .addCommand(doctorCommand())
  .addCommand(schedulesCommand())
  .addCommand(recurrenceCommand())
  .addCommand(brevoCommand());

for (const command of [program, ...program.commands.flatMap((one) => [one, ...one.commands])])
  command.exitOverride();

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
