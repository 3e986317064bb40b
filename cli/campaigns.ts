import { Command } from 'commander';
import { listCommand } from './campaigns/list.ts';
import { recipientsCommand } from './campaigns/recipients.ts';
import { showCommand } from './campaigns/show.ts';
import { startCommand } from './campaigns/start.ts';
import { cancelCommand, pauseCommand, resumeCommand } from './campaigns/steer.ts';

export function campaignsCommand(): Command {
  return new Command('campaigns')
    .description('one mail to many: whom it reaches, how far it is, pausing and cancelling')
    .addCommand(listCommand())
    .addCommand(showCommand())
    .addCommand(startCommand())
    .addCommand(pauseCommand())
    .addCommand(resumeCommand())
    .addCommand(cancelCommand())
    .addCommand(recipientsCommand());
}
