import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** One contact of an import, as it was sent. */
export interface ImportRow {
  readonly email: string | null;
  readonly extId: string | null;
  readonly contactId: number | null;
  readonly attributes: Readonly<Record<string, unknown>>;
}

/** The rows of every import, a file each: too big for the journal, needed after a restart and to look them up. */
export class ImportRows {
  readonly #directory: string;

  constructor(directory: string) {
    this.#directory = directory;
  }

  /** Complete on disk when it returns, so it comes before the process is promised to a caller. */
  write(processId: number, rows: readonly ImportRow[]): void {
    const file = this.#file(processId);
    writeFileSync(`${file}.next`, JSON.stringify(rows));
    renameSync(`${file}.next`, file);
  }

  read(processId: number): readonly ImportRow[] {
    const file = this.#file(processId);
    return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as readonly ImportRow[]) : [];
  }

  clear(): void {
    rmSync(this.#directory, { recursive: true, force: true });
    mkdirSync(this.#directory, { recursive: true });
  }

  #file(processId: number): string {
    return join(this.#directory, `${processId}.json`);
  }
}
