import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { fileURLToPath } from 'node:url';
import { until } from './installation.ts';

const MAIN = fileURLToPath(new URL('../../cli/main.ts', import.meta.url));

/** `sluice` on a terminal, with somebody who reads and types. */
export interface Typist {
  /** Waits until this is shown, after what was waited for before. @returns what came up to its end */
  sees(text: string | RegExp): Promise<string>;
  types(line: string): void;
  /** The exit code. */
  ended(): Promise<number>;
}

/** Runs `sluice` on a pseudo terminal, which util-linux's `script` makes. */
export function onTerminal(env: Readonly<Record<string, string>>, ...args: readonly string[]): Typist {
  const { PATH, HOME, NODE_COMPILE_CACHE } = process.env;
  const command = [process.execPath, MAIN, ...args]
    .map((word) => `'${word.replaceAll("'", "'\\''")}'`)
    .join(' ');
  const child = spawn('script', ['-qefc', command, '/dev/null'], {
    cwd: tmpdir(),
    env: { PATH, HOME, NODE_COMPILE_CACHE, TERM: 'dumb', ...env },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const exit = once(child, 'exit') as Promise<[number | null]>;
  let output = '';
  let seen = 0;
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    output += chunk;
  });
  return {
    async sees(text) {
      const found = await until(`"${String(text)}" on the terminal, which shows: ${output}`, async () => {
        const rest = output.slice(seen);
        if (typeof text === 'string') {
          const at = rest.indexOf(text);
          return at === -1 ? undefined : { end: at + text.length };
        }
        const match = text.exec(rest);
        return match === null ? undefined : { end: match.index + match[0].length };
      });
      const shown = output.slice(seen, seen + found.end);
      seen += found.end;
      return shown;
    },
    types(line) {
      child.stdin.write(`${line}\r`);
    },
    async ended() {
      const [code] = await exit;
      return code ?? -1;
    },
  };
}
