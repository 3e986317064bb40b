import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { DataConverter } from '@temporalio/common';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

/**
 * The bundled workflow code, made once for each state of the sources and kept in `home`: a start with it takes half
 * the time and memory.
 * @param options.failureConverterPath of the data converter that the worker uses, if it has one
 * @returns path of the bundle.
 */
export async function workflowBundle(
  home: string,
  { failureConverterPath }: Pick<DataConverter, 'failureConverterPath'> = {},
): Promise<string> {
  const folder = join(home, 'bundles');
  const file = join(folder, `workflows-${sourceHash(failureConverterPath)}.js`);
  if (existsSync(file)) return file;
  mkdirSync(folder, { recursive: true });
  // In a process of its own: the bundler's memory would stay with the worker for good.
  await promisify(execFile)(process.execPath, [
    join(ROOT, 'workers/make-bundle.ts'),
    file,
    ...(failureConverterPath === undefined ? [] : [failureConverterPath]),
  ]);
  return file;
}

function sourceHash(failureConverterPath: string | undefined): string {
  const hash = createHash('sha256');
  for (const room of ['workflows', 'domain']) {
    for (const name of readdirSync(join(ROOT, room), { recursive: true, encoding: 'utf8' }).toSorted()) {
      if (name.endsWith('.ts')) hash.update(name).update(readFileSync(join(ROOT, room, name)));
    }
  }
  hash.update(readFileSync(join(ROOT, 'workers/make-bundle.ts')));
  if (failureConverterPath !== undefined) hash.update(readFileSync(failureConverterPath));
  hash.update(readFileSync(join(ROOT, 'node_modules/@temporalio/worker/package.json')));
  return hash.digest('hex').slice(0, 16);
}
