import { closeSync, existsSync, mkdirSync, openSync, readSync, renameSync, statSync } from 'node:fs';
import { dirname } from 'node:path';

const LARGEST_BYTES = 10_000_000;

/** Opens a log for appending; one that has grown large is put aside as `<file>.1` first. The caller closes the descriptor. */
export function openLog(file: string): { readonly descriptor: number; readonly size: number } {
  mkdirSync(dirname(file), { recursive: true });
  if (sizeOf(file) > LARGEST_BYTES) renameSync(file, `${file}.1`);
  return { descriptor: openSync(file, 'a', 0o600), size: sizeOf(file) };
}

/** The last lines that a log got after a position, for the message of a failed start. */
export function lastLines({ file, from, lines }: { file: string; from: number; lines: number }): string {
  const length = Math.min(sizeOf(file) - from, 20_000);
  if (length <= 0) return '';
  const buffer = Buffer.alloc(length);
  const descriptor = openSync(file, 'r');
  try {
    readSync(descriptor, buffer, 0, length, sizeOf(file) - length);
  } finally {
    closeSync(descriptor);
  }
  return buffer.toString('utf8').trimEnd().split('\n').slice(-lines).join('\n');
}

function sizeOf(file: string): number {
  return existsSync(file) ? statSync(file).size : 0;
}
