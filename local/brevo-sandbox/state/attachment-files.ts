import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** What was attached to mails, by the SHA-256 of its content: too big for the journal, and mostly the same for many. */
export class AttachmentFiles {
  readonly #directory: string;

  constructor(directory: string) {
    this.#directory = directory;
  }

  /** Complete on disk when it returns. @returns the digest, by which it is found again. */
  write(content: Buffer): string {
    const digest = createHash('sha256').update(content).digest('hex');
    const file = this.#file(digest);
    if (!existsSync(file)) {
      writeFileSync(`${file}.next`, content);
      renameSync(`${file}.next`, file);
    }
    return digest;
  }

  read(digest: string): Buffer | undefined {
    const file = this.#file(digest);
    return existsSync(file) ? readFileSync(file) : undefined;
  }

  clear(): void {
    rmSync(this.#directory, { recursive: true, force: true });
    mkdirSync(this.#directory, { recursive: true });
  }

  #file(digest: string): string {
    return join(this.#directory, digest);
  }
}
