import { Command } from 'commander';
import { checkCommand } from './templates/check.ts';
import { listCommand } from './templates/list.ts';
import { previewCommand } from './templates/preview.ts';

/** Mail templates as files: needs neither a database nor a server. */
export function templatesCommand(): Command {
  return new Command('templates')
    .description('mail templates: what there is, whether it is right, how it looks')
    .addCommand(listCommand())
    .addCommand(checkCommand())
    .addCommand(previewCommand());
}
