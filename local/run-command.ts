import { spawn } from 'node:child_process';
import { accessSync, constants, existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { messageOf, SluiceError } from '../domain/errors.ts';
import type { Step } from './progress.ts';

const SAY_EVERY_MS = 15_000;
const LONGEST_OUTPUT = 500_000;

export interface Command {
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
  /** Ends the command when the whole start is called off. */
  readonly signal?: AbortSignal;
  readonly limitMs: number;
  /** Hears every 15 s that the command still works. */
  readonly step?: Step;
}

/**
 * Runs a command to its end and gives its output (both channels).
 * @throws SluiceError `command_failed` with the end of that output
 */
export async function runCommand({
  command,
  args,
  cwd,
  env,
  signal,
  limitMs,
  step,
}: Command): Promise<string> {
  const began = performance.now();
  const ticker = setInterval(
    () => step?.say(`still at it, ${Math.round((performance.now() - began) / 1000)} s`),
    SAY_EVERY_MS,
  );
  let output = '';
  try {
    const stops = [AbortSignal.timeout(limitMs), ...(signal === undefined ? [] : [signal])];
    const child = spawn(command, args, {
      stdio: ['ignore', 'pipe', 'pipe'],
      signal: AbortSignal.any(stops),
      ...(cwd === undefined ? {} : { cwd }),
      ...(env === undefined ? {} : { env }),
    });
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        output = (output + text).slice(-LONGEST_OUTPUT);
      });
    }
    const ending = await new Promise<string>((resolve) => {
      child.once('error', (error) =>
        resolve(
          error.name === 'AbortError'
            ? `was ended after ${Math.round((performance.now() - began) / 1000)} s`
            : messageOf(error),
        ),
      );
      child.once('close', (code, by) => resolve(code === 0 ? '' : `ended with ${by ?? `code ${code}`}`));
    });
    if (ending === '') return output;
    const said = output.trim().split('\n').slice(-3).join(' ').trim();
    throw new SluiceError(`${command} ${ending}${said === '' ? '' : `: ${said}`}`, {
      code: 'command_failed',
      sort: 'retry',
    });
  } finally {
    clearInterval(ticker);
  }
}

/** The full path of a program: on PATH, or in one of some further folders. */
export function findProgram(name: string, furtherFolders: readonly string[] = []): string | undefined {
  const folders = [...(process.env.PATH ?? '').split(delimiter), ...furtherFolders].filter(
    (folder) => folder !== '',
  );
  return folders.map((folder) => join(folder, name)).find(isExecutable);
}

export function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return existsSync(file);
  } catch {
    return false;
  }
}
