import { Command } from 'commander';
import { eraseCommand } from './erase.ts';
import { exportCommand } from './export.ts';
import { showCommand } from './show.ts';
import { releaseCommand, suppressCommand } from './suppress.ts';

export function contactsCommand(): Command {
  return new Command('contacts')
    .description('people: what is known of them, who is not mailed, export and erasure')
    .addCommand(showCommand())
    .addCommand(exportCommand())
    .addCommand(eraseCommand())
    .addCommand(suppressCommand())
    .addCommand(releaseCommand());
}
