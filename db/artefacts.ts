import { createHash } from 'node:crypto';
import { and, asc, eq, inArray, lt, lte, or } from 'drizzle-orm';
import { SluiceError } from '../domain/errors.ts';
import type { Database, Executor } from './pool.ts';
import { artefactChunks, artefacts } from './schema-files.ts';

/**
 * Files that flows have made, kept in the database in chunks: every worker and gateway reaches them, a backup holds them
 * with the rows that name them, and no statement is larger than any server takes.
 */

export const CHUNK_BYTES = 1024 * 1024;
/** What is unfinished for so long was left behind by a process that died. */
const UNFINISHED_MS = 24 * 3_600_000;
/** Chunks that one statement deletes, so that none runs long or locks much. */
const CHUNKS_AT_ONCE = 16;
/** Artefacts that one look finds to be deleted. */
const ARTEFACTS_AT_ONCE = 100;

export interface NewArtefact {
  /** As people see it when they save it. */
  readonly name: string;
  /** Like `text/csv; charset=utf-8`. */
  readonly mediaType: string;
  /** From then on nobody gets it, and the next pruning deletes it. */
  readonly expiresAt: Date;
  readonly content: AsyncIterable<Uint8Array> | Iterable<Uint8Array>;
}

/** A file that is whole. */
export interface Artefact {
  readonly id: number;
  readonly name: string;
  readonly mediaType: string;
  readonly bytes: number;
  /** 64 hex digits. */
  readonly sha256: string;
  readonly createdAt: Date;
  readonly expiresAt: Date;
}

/**
 * Writes a file as its content comes, a chunk in memory at a time. It can be found only when all of it is there: what is
 * cut off by an error is taken away again, what is left by a process that died goes with the next pruning.
 * @throws what `content` throws.
 */
export async function writeArtefact(
  { orm: db }: Pick<Database, 'orm'>,
  { content, ...columns }: NewArtefact,
): Promise<Pick<Artefact, 'id' | 'bytes' | 'sha256'>> {
  const [{ insertId: id }] = await db.insert(artefacts).values({ ...columns, state: 'writing' });
  try {
    const hash = createHash('sha256');
    let bytes = 0;
    let number = 0;
    for await (const chunk of inChunks(content)) {
      hash.update(chunk);
      bytes += chunk.length;
      await db.insert(artefactChunks).values({ artefactId: id, number, content: chunk });
      number += 1;
    }
    const sha256 = hash.digest('hex');
    const [{ affectedRows }] = await db
      .update(artefacts)
      .set({ state: 'ready', bytes, sha256 })
      .where(and(eq(artefacts.id, id), eq(artefacts.state, 'writing')));
    if (affectedRows === 0) throw gone(id);
    return { id, bytes, sha256 };
  } catch (error) {
    // When the database does not take this either, pruning does it later.
    await deleteArtefacts(db, [id]).catch(() => undefined);
    throw error;
  }
}

/** @returns undefined while it is being written, and when it is deleted. One that has expired may still be there. */
export async function findArtefact(db: Executor, id: number): Promise<Artefact | undefined> {
  const [row] = await db
    .select({
      id: artefacts.id,
      name: artefacts.name,
      mediaType: artefacts.mediaType,
      bytes: artefacts.bytes,
      sha256: artefacts.sha256,
      createdAt: artefacts.createdAt,
      expiresAt: artefacts.expiresAt,
    })
    .from(artefacts)
    .where(and(eq(artefacts.id, id), eq(artefacts.state, 'ready')));
  return row;
}

/**
 * The content, chunk by chunk; each is read when it is asked for, and no connection is held in between.
 * @throws SluiceError `artefact_gone` of sort `item`, also in the middle, when it is deleted meanwhile.
 */
export async function* readArtefact(db: Executor, id: number): AsyncGenerator<Buffer, void, undefined> {
  const artefact = await findArtefact(db, id);
  if (artefact === undefined) throw gone(id);
  let left = artefact.bytes;
  for (let number = 0; left > 0; number += 1) {
    const [row] = await db
      .select({ content: artefactChunks.content })
      .from(artefactChunks)
      .where(and(eq(artefactChunks.artefactId, id), eq(artefactChunks.number, number)));
    if (row === undefined) throw gone(id);
    left -= row.content.length;
    yield row.content;
  }
}

/** Lets whole files live longer, or shorter. */
export async function keepArtefacts(
  db: Executor,
  { ids, until }: { readonly ids: readonly number[]; readonly until: Date },
): Promise<void> {
  if (ids.length === 0) return;
  await db
    .update(artefacts)
    .set({ expiresAt: until })
    .where(inArray(artefacts.id, [...ids]));
}

/** Deletes files, whole ones and unfinished ones. From the first statement on nobody finds them. */
export async function deleteArtefacts(db: Executor, ids: readonly number[]): Promise<void> {
  if (ids.length === 0) return;
  await db
    .update(artefacts)
    .set({ state: 'writing' })
    .where(inArray(artefacts.id, [...ids]));
  for (const id of ids) {
    for (let deleted = CHUNKS_AT_ONCE; deleted === CHUNKS_AT_ONCE; ) {
      const [result] = await db
        .delete(artefactChunks)
        .where(eq(artefactChunks.artefactId, id))
        .orderBy(asc(artefactChunks.number))
        .limit(CHUNKS_AT_ONCE);
      deleted = result.affectedRows;
    }
    await db.delete(artefacts).where(eq(artefacts.id, id));
  }
}

/**
 * Deletes what has expired, and what was left unfinished a day ago.
 * @param onDeleted after each piece of the work, with how many files are deleted so far.
 */
export async function pruneArtefacts(
  db: Executor,
  { now, onDeleted = () => undefined }: { readonly now: Date; readonly onDeleted?: (files: number) => void },
): Promise<{ readonly files: number; readonly bytes: number }> {
  const total = { files: 0, bytes: 0 };
  for (;;) {
    const found = await db
      .select({ id: artefacts.id, bytes: artefacts.bytes })
      .from(artefacts)
      .where(
        or(
          lte(artefacts.expiresAt, now),
          and(
            eq(artefacts.state, 'writing'),
            lt(artefacts.createdAt, new Date(now.getTime() - UNFINISHED_MS)),
          ),
        ),
      )
      .orderBy(asc(artefacts.id))
      .limit(ARTEFACTS_AT_ONCE);
    for (const { id, bytes } of found) {
      await deleteArtefacts(db, [id]);
      total.files += 1;
      total.bytes += bytes;
      onDeleted(total.files);
    }
    if (found.length < ARTEFACTS_AT_ONCE) return total;
  }
}

/** Cuts and joins pieces of any size to chunks of 1 MB; the last one is what remains. */
async function* inChunks(
  content: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
): AsyncGenerator<Buffer, void, undefined> {
  let chunk = Buffer.allocUnsafe(CHUNK_BYTES);
  let filled = 0;
  for await (const piece of content) {
    for (let taken = 0; taken < piece.length; ) {
      const part = piece.subarray(taken, taken + CHUNK_BYTES - filled);
      chunk.set(part, filled);
      taken += part.length;
      filled += part.length;
      if (filled < CHUNK_BYTES) continue;
      yield chunk;
      chunk = Buffer.allocUnsafe(CHUNK_BYTES);
      filled = 0;
    }
  }
  if (filled > 0) yield chunk.subarray(0, filled);
}

function gone(id: number): SluiceError {
  return new SluiceError(`file ${id} is no longer there`, { code: 'artefact_gone', sort: 'item' });
}
