import { Command } from 'commander';
import { listCommand } from './leads/list.ts';
import { showCommand } from './leads/show.ts';

export function leadsCommand(): Command {
  return new Command('leads')
    .description('leads by what they did: who is hot, and why')
    .addCommand(listCommand())
    .addCommand(showCommand());
}
