import { writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { SluiceError } from '../domain/errors.ts';

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'its folder does not exist',
  ENOTDIR: 'its folder is a file',
  EISDIR: 'it is a folder',
  EACCES: 'you may not write there',
  EPERM: 'you may not write there',
  EROFS: 'the disk is read-only',
  ENOSPC: 'the disk is full',
};

/**
 * Writes a file that an option named, in place of one that is there.
 * @param file relative to the working directory.
 * @returns its absolute path.
 * @throws SluiceError `output_unwritable` with the reason in words.
 */
export function writeOutput({
  option,
  file,
  content,
}: {
  readonly option: string;
  readonly file: string;
  readonly content: string | Buffer;
}): string {
  const path = resolve(file);
  try {
    writeFileSync(path, content);
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code ?? '';
    throw new SluiceError(`${option} "${file}" cannot be written: ${REASONS[code] ?? code}`, {
      code: 'output_unwritable',
      cause,
    });
  }
  return path;
}
