import { Command } from 'commander';
import { applyCommand } from './apply.ts';
import { backfillCommand } from './backfill.ts';
import { deleteCommand } from './delete.ts';
import { lintCommand } from './lint.ts';
import { listCommand } from './list.ts';
import { nextCommand } from './next.ts';
import { onceCommand } from './once.ts';
import { pauseCommand } from './pause.ts';
import { planCommand } from './plan.ts';
import { resumeCommand } from './resume.ts';
import { showCommand } from './show.ts';
import { skipCommand } from './skip.ts';
import { triggerCommand } from './trigger.ts';

export function schedulesCommand(): Command {
  return new Command('schedules')
    .description('what runs when: compare, apply, watch, pause, make up for')
    .addCommand(planCommand())
    .addCommand(applyCommand())
    .addCommand(listCommand())
    .addCommand(showCommand())
    .addCommand(nextCommand())
    .addCommand(pauseCommand())
    .addCommand(resumeCommand())
    .addCommand(triggerCommand())
    .addCommand(backfillCommand())
    .addCommand(skipCommand())
    .addCommand(onceCommand())
    .addCommand(deleteCommand())
    .addCommand(lintCommand());
}
