import { Command } from 'commander';
import { loadSettings, type Settings, type SettingsSources } from '../config.ts';
import { brevoChecks } from './doctor/brevo.ts';
import { type Check, type CheckState, failure, skipped } from './doctor/checks.ts';
import { mailChecks } from './doctor/mail.ts';
import { ownDatabaseChecks } from './doctor/own-database.ts';
import { quizChecks } from './doctor/quiz.ts';
import { reportChecks } from './doctor/reports.ts';
import { settingsChecks } from './doctor/settings.ts';
import { siteChecks } from './doctor/site.ts';
import { temporalChecks } from './doctor/temporal.ts';
import { print, printJson } from './output.ts';

const GROUPS = [
  ownDatabaseChecks,
  siteChecks,
  quizChecks,
  reportChecks,
  brevoChecks,
  mailChecks,
  temporalChecks,
];
const WITHOUT_SETTINGS = ['our database', 'site', 'Brevo key', 'Temporal'];

export function doctorCommand(): Command {
  return new Command('doctor')
    .description('check settings, databases, Brevo, Temporal and workers; says how to mend. Changes nothing')
    .option('--json', 'one JSON value on stdout')
    .addHelpText('after', '\nExit code 1: at least one check failed. Example:\n  sluice doctor')
    .action(async ({ json }: { json?: true }) => {
      const checks = await runDoctor();
      const ok = checks.every(({ state }) => state !== 'failed');
      if (json === true) printJson({ ok, checks });
      else print(describeChecks(checks));
      process.exitCode = ok ? 0 : 1;
    });
}

/** Makes all checks, each to its end or its bound, whatever becomes of the others. */
export async function runDoctor(sources: SettingsSources = {}): Promise<readonly Check[]> {
  let settings: Settings;
  try {
    settings = loadSettings(sources);
  } catch (error) {
    return [
      { name: 'settings', ...failure(error) },
      ...skipped(WITHOUT_SETTINGS, 'needs settings that are valid'),
    ];
  }
  const groups = await Promise.all(GROUPS.map((checksOf) => checksOf(settings)));
  return [...settingsChecks(settings), ...groups.flat()];
}

const WORDS: Readonly<Record<CheckState, string>> = {
  ok: 'ok',
  warning: 'warning',
  failed: 'FAILED',
  skipped: 'skipped',
};
const WORD_WIDTH = 9;

function describeChecks(checks: readonly Check[]): string {
  const width = Math.max(...checks.map(({ name }) => name.length)) + 2;
  const indent = ' '.repeat(WORD_WIDTH + width);
  const lines = checks.flatMap(({ name, state, found, mend }) => [
    `${WORDS[state].padEnd(WORD_WIDTH)}${name.padEnd(width)}${found.replaceAll('\n', `\n${indent}`)}`,
    ...(mend === undefined ? [] : [`${indent}→ ${mend}`]),
  ]);
  const counts = (Object.keys(WORDS) as CheckState[])
    .map((state) => ({ state, count: checks.filter((one) => one.state === state).length }))
    .filter(({ count }) => count > 0)
    .map(({ state, count }) => `${count} ${WORDS[state].toLowerCase()}`);
  return [...lines, '', counts.join(', ')].join('\n');
}
