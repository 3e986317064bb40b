import { Readable } from 'node:stream';
import { finished } from 'node:stream/promises';
import { ZipFile } from 'yazl';

export interface ZipEntry {
  /** Path within the archive, with forward slashes. */
  readonly name: string;
  readonly content: Buffer | AsyncIterable<Buffer>;
}

export interface ZipOptions {
  /** Time of all entries; the same entries with the same time give the same bytes. */
  readonly modified: Date;
  /** 1 (fast) to 9 (small). */
  readonly level?: number;
}

/**
 * A zip archive as a stream. An entry is asked for when the one before it has been read to its end, and read only as fast
 * as the archive is taken; whoever stops taking it ends the entry and the entries. An error of a content is thrown here.
 */
export async function* zipFile(
  entries: AsyncIterable<ZipEntry> | Iterable<ZipEntry>,
  { modified, level = 6 }: ZipOptions,
): AsyncGenerator<Buffer, void, undefined> {
  const zip = new ZipFile();
  // Typed as no more than readable; it is the stream that yazl writes to.
  const output = zip.outputStream as Readable;
  const about = { mtime: modified, compressionLevel: level };
  let reading: Readable | undefined;
  zip.on('error', (error: Error) => output.destroy(error));

  async function feed(): Promise<void> {
    for await (const { name, content } of entries) {
      if (output.destroyed) return;
      if (Buffer.isBuffer(content)) {
        zip.addBuffer(content, name, about);
        continue;
      }
      reading = Readable.from(content, { objectMode: false });
      zip.addReadStream(reading, name, about);
      await finished(reading);
    }
    zip.end();
  }

  const feeding = feed().catch((error: unknown) => {
    output.destroy(
      error instanceof Error ? error : new Error('an entry of the archive failed', { cause: error }),
    );
  });
  try {
    for await (const chunk of output) yield chunk as Buffer;
  } finally {
    reading?.destroy();
    output.destroy();
    await feeding;
  }
}
