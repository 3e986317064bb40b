import { Command } from 'commander';
import { loadSettings } from '../../config.ts';
import type { Finding } from '../../schedules/lint/finding.ts';
import { lintSchedules } from '../../schedules/lint.ts';
import { loadCatalogue } from '../../schedules/load.ts';
import { print, printJson } from '../output.ts';
import { visibleText } from '../visible-text.ts';

const LONGEST = 600;

export function lintCommand(): Command {
  return new Command('lint')
    .description(
      'what in the catalogue is probably not meant: crowded minutes, changes of clocks, rules that end; asks no server',
    )
    .option('--json', 'one JSON value on stdout')
    .addHelpText(
      'after',
      '\nExit code 0: nothing found; 1: something found.\n\nExample:\n  sluice schedules lint',
    )
    .action(async ({ json }: { readonly json?: true }) => {
      const settings = loadSettings();
      const now = new Date();
      const catalogue = await loadCatalogue(settings, { now });
      const workflows = Object.keys(await import('../../workflows/index.ts'));
      const { taskQueue } = settings.temporal;
      const findings = lintSchedules({ catalogue, workflows, taskQueue, now });
      if (json === true) printJson({ checked: catalogue.length, findings });
      else print(describeFindings(findings, { checked: catalogue.length }));
      if (findings.length > 0) process.exitCode = 1;
    });
}

function describeFindings(findings: readonly Finding[], { checked }: { readonly checked: number }): string {
  const schedules = `${checked} ${checked === 1 ? 'schedule' : 'schedules'}`;
  if (findings.length === 0) return `nothing found in ${schedules}`;
  return [
    ...findings.flatMap(({ rule, ids, message, hint }) => [
      // Who meets in a crowded minute is in the message.
      `${rule}${rule === 'crowded-minute' ? '' : `  ${ids.join(', ')}`}`,
      `  ${visibleText(message, { most: LONGEST })}`,
      `  ${visibleText(hint, { most: LONGEST })}`,
    ]),
    `${findings.length} found in ${schedules}`,
  ].join('\n');
}
