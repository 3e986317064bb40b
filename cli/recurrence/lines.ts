import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { messageOf } from '../../domain/errors.ts';
import { type InputLine, idOf, readInputLine } from './input-line.ts';

/** Answers each JSON line of standard input with one on standard output, in the same order; a bad one with its error. */
export async function answerLines(answer: (line: InputLine) => object): Promise<void> {
  const lines = createInterface({ input: process.stdin, crlfDelay: Number.POSITIVE_INFINITY });
  for await (const text of lines) {
    if (text.trim() === '') continue;
    if (!process.stdout.write(`${JSON.stringify(answerTo(text, answer))}\n`))
      await once(process.stdout, 'drain');
  }
}

function answerTo(text: string, answer: (line: InputLine) => object): object {
  let id: string | number | null = null;
  try {
    const line: unknown = JSON.parse(text);
    id = idOf(line);
    return { id, ...answer(readInputLine(line)) };
  } catch (error) {
    return {
      id,
      error: error instanceof SyntaxError ? `the line is no JSON: ${messageOf(error)}` : messageOf(error),
    };
  }
}
