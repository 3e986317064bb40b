import { writeArtefact } from '../db/artefacts.ts';
import type { Database } from '../db/pool.ts';
import type { RunArtefact } from '../domain/reports/run.ts';

/** What no run has named by then was made by a process that died; it goes with the next pruning. */
const UNNAMED_MS = 86_400_000;

type KeptFile = Pick<RunArtefact, 'artefactId' | 'bytes' | 'sha256'>;

/** Takes the bytes of one file of a run. */
export type KeepFile = (file: {
  readonly name: string;
  readonly mediaType: string;
  readonly content: AsyncIterable<Buffer>;
}) => Promise<KeptFile>;

/** Keeps files of runs in the artefact store, for a day: once a run names them they live as long as the run. */
export function keepAsArtefact({
  database,
  now,
}: {
  readonly database: Database;
  readonly now: Date;
}): KeepFile {
  const expiresAt = new Date(now.getTime() + UNNAMED_MS);
  return async (file) => {
    const { id, bytes, sha256 } = await writeArtefact(database, { ...file, expiresAt });
    return { artefactId: id, bytes, sha256 };
  };
}
