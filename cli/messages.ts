import { Command } from 'commander';
import { listCommand } from './messages/list.ts';
import { resendCommand } from './messages/resend.ts';
import { resolveCommand } from './messages/resolve.ts';
import { showCommand } from './messages/show.ts';

export function messagesCommand(): Command {
  return new Command('messages')
    .description('the sending ledger: what was mailed, what became of it, what needs a decision')
    .addCommand(listCommand())
    .addCommand(showCommand())
    .addCommand(resolveCommand())
    .addCommand(resendCommand());
}
