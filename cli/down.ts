import { Command } from 'commander';
import { loadSettings } from '../config.ts';
import { homeAt, wipeHome } from '../local/home.ts';
import { removeVolume } from '../local/mysql-docker.ts';
import { createProgress } from '../local/progress.ts';
import { takeDown } from '../local/take-down.ts';
import { print, printJson } from './output.ts';

export function downCommand(): Command {
  return new Command('down')
    .description('stop the local stack, also what a killed `sluice up` left behind')
    .option('--wipe', 'then delete its state: databases, Temporal history, sandbox, logs')
    .option('--json', 'one JSON value on stdout')
    .addHelpText('after', '\nExample:\n  sluice down --wipe')
    .action(async ({ wipe, json }: { wipe?: true; json?: true }) => {
      const { home } = loadSettings();
      const progress = createProgress(process.stderr);
      const ended = await takeDown({ home, progress });
      progress.close();
      const wiped = wipe === true ? await wipeAll(home) : undefined;
      if (json === true)
        printJson({ home, ended, ...(wiped === undefined ? {} : { wiped: true, left: wiped }) });
      else {
        print(ended.length === 0 ? 'nothing was running' : `ended: ${ended.join(', ')}`);
        if (wiped !== undefined)
          print(`wiped ${home}${wiped.length === 0 ? '' : `, but left ${wiped.join(', ')}`}`);
      }
    });
}

async function wipeAll(home: string): Promise<readonly string[]> {
  const left = wipeHome(home);
  await removeVolume(homeAt(home).mysql);
  return left;
}
