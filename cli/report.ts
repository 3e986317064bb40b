import { Command } from 'commander';
import { addCommand } from './report/add.ts';
import { connectionsCommand } from './report/connections.ts';
import { deleteCommand } from './report/delete.ts';
import { exportCommand } from './report/export.ts';
import { fileCommand } from './report/file.ts';
import { importCommand } from './report/import.ts';
import { listCommand } from './report/list.ts';
import { previewCommand } from './report/preview.ts';
import { resendCommand } from './report/resend.ts';
import { runCommand } from './report/run.ts';
import { runsCommand } from './report/runs.ts';
import { showCommand } from './report/show.ts';
import { disableCommand, enableCommand } from './report/switch.ts';
import { syncCommand } from './report/sync.ts';
import { updateCommand } from './report/update.ts';
import { versionsCommand } from './report/versions.ts';

export function reportCommand(): Command {
  return new Command('report')
    .description('query reports: SQL on a schedule, delivered as a file')
    .addCommand(addCommand())
    .addCommand(listCommand())
    .addCommand(showCommand())
    .addCommand(updateCommand())
    .addCommand(enableCommand())
    .addCommand(disableCommand())
    .addCommand(deleteCommand())
    .addCommand(versionsCommand())
    .addCommand(previewCommand())
    .addCommand(runCommand())
    .addCommand(runsCommand())
    .addCommand(resendCommand())
    .addCommand(fileCommand())
    .addCommand(exportCommand())
    .addCommand(importCommand())
    .addCommand(connectionsCommand())
    .addCommand(syncCommand());
}
