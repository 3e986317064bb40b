import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { SqliteAnswer, SqliteQuestion } from './sqlite-messages.ts';

/** The process that holds a SQLite file. */
export interface SqliteProcess {
  /** @throws SqliteFailure with SQLite's own words; `ended` when the process is gone */
  ask(question: SqliteQuestion): Promise<unknown>;
  /** Ends it, whatever it is doing, and waits until it is gone. */
  end(): Promise<void>;
}

export class SqliteFailure extends Error {
  readonly code: number | 'ended' | undefined;
  readonly refused: string | undefined;
  constructor(message: string, { code, refused }: Pick<SqliteFailure, 'code' | 'refused'>) {
    super(message);
    this.code = code;
    this.refused = refused;
  }
}

/** An abort of the signal kills the process. */
export function startSqliteProcess(signal: AbortSignal): SqliteProcess {
  signal.throwIfAborted();
  const child = fork(fileURLToPath(new URL('./sqlite-child.ts', import.meta.url)), [], {
    serialization: 'advanced',
    execArgv: [],
    env: { NODE_NO_WARNINGS: '1' },
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
  });
  // One question at a time; nothing of an answer is held once it is given.
  let waiting: { answer(answer: SqliteAnswer): void; fail(error: Error): void } | undefined;
  let gone = false;
  const exit = once(child, 'exit').catch(() => undefined);
  const kill = () => child.kill('SIGKILL');
  signal.addEventListener('abort', kill, { once: true });
  void exit.finally(() => {
    gone = true;
    signal.removeEventListener('abort', kill);
    waiting?.fail(endedFailure());
  });
  child.on('error', () => undefined);
  child.on('message', (answer: SqliteAnswer) => waiting?.answer(answer));

  function send(question: SqliteQuestion): Promise<SqliteAnswer> {
    return new Promise((resolve, reject) => {
      waiting = { answer: resolve, fail: reject };
      child.send(question, (error) => {
        if (error !== null) reject(endedFailure());
      });
    });
  }

  return {
    async ask(question) {
      if (gone || !child.connected) throw endedFailure();
      const answer = await send(question);
      waiting = undefined;
      if (!answer.ok) throw new SqliteFailure(answer.message, answer);
      return answer.value;
    },
    async end() {
      if (!gone) kill();
      await exit;
    },
  };
}

function endedFailure(): SqliteFailure {
  return new SqliteFailure('the process that reads the file has ended', {
    code: 'ended',
    refused: undefined,
  });
}
