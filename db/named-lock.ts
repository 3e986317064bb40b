import { createHash } from 'node:crypto';
import type { RowDataPacket } from 'mysql2/promise';
import { SluiceError } from '../domain/errors.ts';
import type { Database } from './pool.ts';

/** The server's limit. */
const LONGEST_NAME = 64;

/**
 * Does something that only one process at a time may do, all over the installation. A process that dies lets go with its
 * connection.
 * @param input.name of what is locked; of this database alone, though the server's locks are common to all
 * @throws SluiceError `lock_busy` when somebody else has it for longer than `waitSeconds`
 */
export async function withNamedLock<T>(
  database: Database,
  { name, waitSeconds }: { readonly name: string; readonly waitSeconds: number },
  work: () => Promise<T>,
): Promise<T> {
  const connection = await database.pool.getConnection();
  let isClean = false;
  try {
    const [[where]] = await connection.query<RowDataPacket[]>('SELECT DATABASE() AS name');
    const digest = createHash('sha256').update(`${where?.name}\n${name}`).digest('hex');
    const lock = `sluice.${digest}`.slice(0, LONGEST_NAME);
    const [[row]] = await connection.query<RowDataPacket[]>('SELECT GET_LOCK(?, ?) AS taken', [
      lock,
      waitSeconds,
    ]);
    if (row?.taken !== 1) {
      isClean = true;
      throw new SluiceError(`somebody else has been at ${name} for ${waitSeconds} s`, {
        code: 'lock_busy',
        sort: 'retry',
        hint: 'Try again.',
      });
    }
    try {
      return await work();
    } finally {
      await connection.query('DO RELEASE_LOCK(?)', [lock]);
      isClean = true;
    }
  } finally {
    // One that may still hold the lock is not used again.
    if (isClean) connection.release();
    else connection.destroy();
  }
}
