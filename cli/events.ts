import { Command } from 'commander';
import { listCommand } from './events/list.ts';
import { replayCommand } from './events/replay.ts';
import { sendCommand } from './events/send.ts';
import { showCommand } from './events/show.ts';

export function eventsCommand(): Command {
  return new Command('events')
    .description('what websites, Brevo and our own flows said happened, and what it started')
    .addCommand(sendCommand())
    .addCommand(listCommand())
    .addCommand(showCommand())
    .addCommand(replayCommand());
}
