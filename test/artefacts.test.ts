import { spawn } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import {
  CHUNK_BYTES,
  deleteArtefacts,
  findArtefact,
  pruneArtefacts,
  readArtefact,
  writeArtefact,
} from '../db/artefacts.ts';
import { migrate } from '../db/migrate.ts';
import { type Database, openDatabase } from '../db/pool.ts';
import { until } from './support/installation.ts';
import { createDatabase } from './support/servers.ts';

const DAY_MS = 24 * 3_600_000;
const NEXT_WEEK = new Date(Date.now() + 7 * DAY_MS);
const ABOUT = { name: 'Отчёт.csv', mediaType: 'text/csv; charset=utf-8', expiresAt: NEXT_WEEK };

let database: Database;
let databaseUrl: string;

beforeEach(async () => {
  const own = await createDatabase('artefacts');
  databaseUrl = own.url;
  await migrate({ databaseUrl });
  database = openDatabase(databaseUrl, { connections: 4 });
  return async () => {
    await database.close();
    await own.drop();
  };
});

const sha256 = (content: Uint8Array) => createHash('sha256').update(content).digest('hex');

function collectGarbage(): void {
  setFlagsFromString('--expose-gc');
  runInNewContext('gc')();
}

async function readAll(id: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of readArtefact(database.orm, id)) chunks.push(chunk);
  return Buffer.concat(chunks);
}

async function rowsOf(table: 'artefacts' | 'artefact_chunks'): Promise<number> {
  const [rows] = await database.pool.query(`SELECT COUNT(*) AS n FROM ${table}`);
  return (rows as { n: number }[])[0]?.n ?? -1;
}

/** `pieces` times so many bytes, and what is alive of them at any moment is the last one. */
async function* pieces(count: number, bytes: number): AsyncGenerator<Uint8Array> {
  for (let number = 0; number < count; number += 1) yield new Uint8Array(bytes).fill(number);
}

describe('a stored file', () => {
  it.each([0, 1, CHUNK_BYTES - 1, CHUNK_BYTES, CHUNK_BYTES + 1, 3 * CHUNK_BYTES + 7])(
    'is read as it was written: %i bytes',
    async (bytes) => {
      const content = randomBytes(bytes);
      const written = await writeArtefact(database, { ...ABOUT, content: [content] });
      expect(written).toEqual({ id: expect.any(Number), bytes, sha256: sha256(content) });
      expect(sha256(await readAll(written.id))).toBe(sha256(content));
      expect(await findArtefact(database.orm, written.id)).toMatchObject({ name: 'Отчёт.csv', bytes });
    },
  );

  it('comes in pieces of any size', async () => {
    const content = randomBytes(2 * CHUNK_BYTES + 5);
    const cuts = [0, 1, 1, 3, 65_536, CHUNK_BYTES + 70_000, content.length];
    const parts = cuts.slice(1).map((end, index) => content.subarray(cuts[index], end));
    const { id } = await writeArtefact(database, { ...ABOUT, content: parts });
    expect(sha256(await readAll(id))).toBe(sha256(content));
    expect(await rowsOf('artefact_chunks')).toBe(3);
  });

  it('may be large, with little of it in memory at a time', async () => {
    let most = 0;
    async function* watched() {
      for await (const piece of pieces(60, CHUNK_BYTES)) {
        yield piece;
        collectGarbage();
        most = Math.max(most, process.memoryUsage().arrayBuffers);
      }
    }
    collectGarbage();
    const before = process.memoryUsage().arrayBuffers;
    const { id, bytes } = await writeArtefact(database, { ...ABOUT, content: watched() });
    expect(bytes).toBe(60 * CHUNK_BYTES);
    expect(most - before).toBeLessThan(12 * CHUNK_BYTES);
    const hash = createHash('sha256');
    for await (const chunk of readArtefact(database.orm, id)) hash.update(chunk);
    expect(hash.digest('hex')).toBe((await findArtefact(database.orm, id))?.sha256);
  });

  it('fits the smallest packet that a server takes by default', async () => {
    const one = openDatabase(databaseUrl, { connections: 1 });
    onTestFinished(() => one.close());
    const received = async () => {
      const [rows] = await one.pool.query("SHOW SESSION STATUS LIKE 'Bytes_received'");
      return Number((rows as { Value: string }[])[0]?.Value);
    };
    const before = await received();
    await writeArtefact(one, { ...ABOUT, content: [randomBytes(CHUNK_BYTES)] });
    // 4 MB in MySQL 5.7, more since; these are the bytes of all three statements.
    expect((await received()) - before).toBeLessThan(4 * 1024 * 1024);
  });
});

describe('a file that is not whole', () => {
  it('is not found while it is written', async () => {
    const gate = Promise.withResolvers<void>();
    async function* slow() {
      yield randomBytes(CHUNK_BYTES);
      await gate.promise;
    }
    const writing = writeArtefact(database, { ...ABOUT, content: slow() });
    await until('a chunk is there', async () => (await rowsOf('artefact_chunks')) === 1);
    const [rows] = await database.pool.query('SELECT id FROM artefacts');
    const id = (rows as { id: number }[])[0]?.id ?? 0;
    expect(await findArtefact(database.orm, id)).toBeUndefined();
    await expect(readAll(id)).rejects.toMatchObject({ code: 'artefact_gone', sort: 'item' });
    gate.resolve();
    await writing;
    expect(await findArtefact(database.orm, id)).toBeDefined();
  });

  it('is taken away when what makes it fails', async () => {
    const cause = new Error('no more rows');
    async function* failing() {
      yield randomBytes(2 * CHUNK_BYTES);
      throw cause;
    }
    const writing = writeArtefact(database, { ...ABOUT, content: failing() });
    await expect(writing).rejects.toBe(cause);
    expect(await rowsOf('artefacts')).toBe(0);
    expect(await rowsOf('artefact_chunks')).toBe(0);
  });

  it('is not found when its process was killed, and is pruned a day later', async () => {
    const child = spawn(process.execPath, ['--input-type=module-typescript', '-e', KILLED, databaseUrl], {
      cwd: fileURLToPath(new URL('..', import.meta.url)),
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const exited = once(child, 'exit');
    await once(child.stdout, 'data');
    child.kill('SIGKILL');
    await exited;
    expect(await rowsOf('artefact_chunks')).toBeGreaterThan(1);
    const [rows] = await database.pool.query('SELECT id FROM artefacts');
    expect(await findArtefact(database.orm, (rows as { id: number }[])[0]?.id ?? 0)).toBeUndefined();

    expect(await pruneArtefacts(database.orm, { now: new Date() })).toEqual({ files: 0, bytes: 0 });
    const later = new Date(Date.now() + DAY_MS + 60_000);
    expect((await pruneArtefacts(database.orm, { now: later })).files).toBe(1);
    expect(await rowsOf('artefact_chunks')).toBe(0);
  });
});

describe('pruning', () => {
  it('deletes what has expired and nothing else, however much it is', async () => {
    const write = (expiresAt: Date, bytes: number) =>
      writeArtefact(database, { ...ABOUT, expiresAt, content: pieces(1, bytes) });
    const now = new Date();
    const stays = await write(new Date(now.getTime() + 60_000), 10);
    for (let one = 0; one < 120; one += 1) await write(new Date(now.getTime() - 1_000), 10);
    const large = await write(now, 20 * CHUNK_BYTES);
    const pruned = await pruneArtefacts(database.orm, { now });
    expect(pruned).toEqual({ files: 121, bytes: 1_200 + large.bytes });
    expect(await rowsOf('artefacts')).toBe(1);
    expect(await rowsOf('artefact_chunks')).toBe(1);
    expect((await readAll(stays.id)).length).toBe(10);
  });

  it('ends a download that is under way with an error, never with half a file', async () => {
    const { id } = await writeArtefact(database, { ...ABOUT, content: pieces(3, CHUNK_BYTES) });
    const reading = readArtefact(database.orm, id);
    await reading.next();
    await deleteArtefacts(database.orm, [id]);
    await expect(reading.next()).rejects.toMatchObject({ code: 'artefact_gone' });
  });

  it('fails a file that is deleted while it is written', async () => {
    async function* deleted() {
      yield randomBytes(CHUNK_BYTES);
      const [rows] = await database.pool.query('SELECT id FROM artefacts');
      await deleteArtefacts(database.orm, [(rows as { id: number }[])[0]?.id ?? 0]);
      yield randomBytes(CHUNK_BYTES);
    }
    const writing = writeArtefact(database, { ...ABOUT, content: deleted() });
    await expect(writing).rejects.toMatchObject({ code: 'artefact_gone' });
    expect(await rowsOf('artefact_chunks')).toBe(0);
  });
});

/** Writes for ever; says so when some of it is there. */
const KILLED = `
import { writeArtefact } from './db/artefacts.ts';
import { openDatabase } from './db/pool.ts';
async function* endless() {
  for (let number = 0; ; number += 1) {
    if (number === 3) console.log('writing');
    yield Buffer.alloc(1024 * 1024);
  }
}
await writeArtefact(openDatabase(process.argv.at(-1)), {
  name: 'endless.csv', mediaType: 'text/csv', expiresAt: new Date(Date.now() + 1e9), content: endless(),
});
`;
