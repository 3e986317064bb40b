import { createWriteStream } from 'node:fs';
import { resolve } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { Command } from 'commander';
import { loadSettings } from '../../config.ts';
import { readArtefact } from '../../db/artefacts.ts';
import { UsageError } from '../../domain/errors.ts';
import { withDatabase } from '../context.ts';
import { print, printJson } from '../output.ts';
import { runNumbered } from './runs.ts';

export function fileCommand(): Command {
  return new Command('file')
    .argument('<run>', 'number of a run')
    .description('fetch a stored file of a run')
    .option('--format <format>', 'xlsx, csv, pdf or zip (default: the first)')
    .option('--out <file>', 'where to (default: its own name, here)')
    .option('--json', 'one JSON value on stdout')
    .addHelpText('after', '\nExample:\n  sluice report file 41 --format csv --out /tmp/sales.csv')
    .action(fetchFile);
}

async function fetchFile(
  text: string,
  { format, out, json }: { readonly format?: string; readonly out?: string; readonly json?: true },
): Promise<void> {
  await withDatabase(loadSettings(), async ({ orm }) => {
    const run = await runNumbered(orm, text);
    const found = run.artefacts.find((one) => format === undefined || one.format === format);
    if (found === undefined) {
      const known = run.artefacts.map((one) => one.format).join(', ');
      throw new UsageError(
        `run ${run.id} has no ${format ?? ''} file`.replace('  ', ' '),
        known === '' ? 'It has none at all.' : `It has ${known}.`,
      );
    }
    const path = resolve(out ?? found.name);
    await pipeline(readArtefact(orm, found.artefactId), createWriteStream(path));
    if (json === true) printJson({ file: path, bytes: found.bytes, sha256: found.sha256 });
    else print(path);
  });
}
