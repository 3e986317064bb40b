import { Command } from 'commander';
import { diagramCommand } from './journeys/diagram.ts';
import { listCommand } from './journeys/list.ts';
import { previewCommand } from './journeys/preview.ts';
import { reportCommand } from './journeys/report.ts';
import { runsCommand } from './journeys/runs.ts';
import { showCommand } from './journeys/show.ts';
import { startCommand } from './journeys/start.ts';
import {
  pauseCommand,
  rescheduleCommand,
  resumeCommand,
  retryCommand,
  skipCommand,
} from './journeys/steer.ts';
import { stopCommand } from './journeys/stop.ts';

export function journeysCommand(): Command {
  return new Command('journeys')
    .description('journeys: what they do, who is where, what they bring')
    .addCommand(listCommand())
    .addCommand(showCommand())
    .addCommand(diagramCommand())
    .addCommand(previewCommand())
    .addCommand(runsCommand())
    .addCommand(reportCommand())
    .addCommand(startCommand())
    .addCommand(stopCommand())
    .addCommand(pauseCommand())
    .addCommand(resumeCommand())
    .addCommand(skipCommand())
    .addCommand(retryCommand())
    .addCommand(rescheduleCommand());
}
