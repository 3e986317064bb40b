import {
  appendFileSync,
  closeSync,
  createReadStream,
  existsSync,
  fsyncSync,
  openSync,
  renameSync,
  truncateSync,
} from 'node:fs';
import { SluiceError } from '../../../domain/errors.ts';

const NEWLINE = 0x0a;

/**
 * An append-only file with one JSON value a line; a line is written whole or counts as never written.
 *
 * Written through to the operating system before the caller goes on, so a killed process loses nothing. There is no
 * fsync per line: a sandbox need not survive a power cut.
 */
export class Journal {
  readonly #file: string;
  #descriptor: number;
  #lines: number;

  private constructor(file: string, lines: number) {
    this.#file = file;
    this.#descriptor = openSync(file, 'a');
    this.#lines = lines;
  }

  /** Replays every whole line in order, cuts a torn last one off, and opens the file for appending. */
  static async open(file: string, replay: (line: unknown) => void): Promise<Journal> {
    if (!existsSync(file)) {
      return new Journal(file, 0);
    }
    let pieces: Buffer[] = [];
    let goodBytes = 0;
    let lines = 0;
    for await (const chunk of createReadStream(file, { highWaterMark: 1 << 20 }) as AsyncIterable<Buffer>) {
      let from = 0;
      for (let end = chunk.indexOf(NEWLINE); end !== -1; end = chunk.indexOf(NEWLINE, from)) {
        pieces.push(chunk.subarray(from, end));
        const line = Buffer.concat(pieces);
        replay(parseLine(line.toString('utf8'), { file, number: lines + 1 }));
        pieces = [];
        lines += 1;
        goodBytes += line.length + 1;
        from = end + 1;
      }
      pieces.push(chunk.subarray(from));
    }
    truncateSync(file, goodBytes);
    return new Journal(file, lines);
  }

  /** Lines in the file. */
  get lines(): number {
    return this.#lines;
  }

  /** Returns once the line is with the operating system. */
  append(line: unknown): void {
    appendFileSync(this.#descriptor, `${JSON.stringify(line)}\n`);
    this.#lines += 1;
  }

  /** Puts these lines in place of all others, in one step: after a crash it is the old file or the new one. */
  replace(lines: Iterable<unknown>): void {
    const next = `${this.#file}.next`;
    const descriptor = openSync(next, 'w');
    let count = 0;
    for (const line of lines) {
      appendFileSync(descriptor, `${JSON.stringify(line)}\n`);
      count += 1;
    }
    fsyncSync(descriptor);
    closeSync(descriptor);
    closeSync(this.#descriptor);
    renameSync(next, this.#file);
    this.#descriptor = openSync(this.#file, 'a');
    this.#lines = count;
  }

  close(): void {
    closeSync(this.#descriptor);
  }
}

function parseLine(text: string, at: { readonly file: string; readonly number: number }): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new SluiceError(`Line ${at.number} of the sandbox journal is not JSON.`, {
      code: 'sandbox_journal_broken',
      hint: `Remove ${at.file} to start with an empty sandbox.`,
      cause,
    });
  }
}
