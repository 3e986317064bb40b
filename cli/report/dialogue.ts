import { createInterface } from 'node:readline';
import { SluiceError, UsageError } from '../../domain/errors.ts';

/** Questions on a terminal. Lines that come before they are asked for, as of a pasted query, wait for their question. */
export interface Dialogue {
  say(text: string): void;
  /** One line as it was typed. */
  ask(question: string): Promise<string>;
  close(): void;
}

/** @throws UsageError from a question when the terminal is closed or Ctrl-C is pressed */
export function openDialogue(): Dialogue {
  const terminal = createInterface({ input: process.stdin, output: process.stderr, terminal: true });
  const waiting: string[] = [];
  let asked: { readonly answer: (line: string) => void; readonly end: () => void } | undefined;
  let isOver = false;
  terminal.on('line', (line) => {
    const { answer } = asked ?? {};
    asked = undefined;
    if (answer === undefined) waiting.push(line);
    else answer(line);
  });
  const end = () => {
    isOver = true;
    asked?.end();
  };
  terminal.on('SIGINT', end);
  terminal.on('close', end);
  return {
    say: (text) => {
      process.stderr.write(`${text}\n`);
    },
    ask: (question) =>
      new Promise((answer, fail) => {
        const stop = () => fail(new UsageError('nothing was stored: the questions were left'));
        const line = waiting.shift();
        if (line !== undefined) {
          process.stderr.write(question === '' ? '' : `${question}\n`);
          answer(line);
        } else if (isOver) stop();
        else {
          asked = { answer, end: stop };
          terminal.setPrompt(question);
          terminal.prompt();
        }
      }),
    close: () => terminal.close(),
  };
}

/**
 * Asks until the answer can be used; what is wrong with one is told at once.
 * @param input.fallback what an empty answer means; shown with the question
 * @param input.read throws a SluiceError for an answer that is of no use
 */
export async function askFor<T>(
  dialogue: Dialogue,
  {
    question,
    fallback,
    read,
  }: {
    readonly question: string;
    readonly fallback?: string;
    readonly read: (answer: string) => T | Promise<T>;
  },
): Promise<T> {
  for (;;) {
    const prompt = `${question}${fallback === undefined ? '' : ` [${fallback}]`}: `;
    const given = (await dialogue.ask(prompt)).trim();
    const answer = given === '' ? (fallback ?? '') : given;
    try {
      return await read(answer);
    } catch (error) {
      if (!(error instanceof SluiceError)) throw error;
      dialogue.say(`  ${error.message}${error.hint === undefined ? '' : `\n  ${error.hint}`}`);
    }
  }
}
