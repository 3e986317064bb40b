import { mkdtempSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { WORKER_HEAP } from '../bin/worker-heap.mjs';
import { SluiceError } from '../domain/errors.ts';
import { findProgram, runCommand } from '../local/run-command.ts';
import { busyShare, CHECKOUT } from './machine.ts';
import { benchmark } from './options.ts';
import { type Metric, printReport } from './report.ts';
import { removeScratch, SCRATCH_PREFIX } from './surroundings.ts';

// What it costs to write the rows of a query into a file, without a database; beside the usual way in Python.

const LIMIT_MS = 30 * 60_000;
const FORMATS = ['xlsx', 'csv'] as const;
type Format = (typeof FORMATS)[number];
type Program = 'Sluice' | 'pandas';

interface Sample {
  readonly seconds: number;
  readonly peakMb: number;
  /** Size of the file in MB of 10⁶ bytes. */
  readonly fileMb: number;
}

await benchmark(
  {
    about:
      'Writes rows of ten columns to xlsx and csv, each in a process of its own; then with pandas and openpyxl.',
    options: {
      rows: { about: 'rows of each file', fallback: '1000000' },
      'python-rows': {
        about: 'rows of the same in Python, which takes minutes for a million',
        fallback: '1000000',
      },
      python: { about: 'a Python that has pandas and openpyxl', fallback: 'python3' },
      repeat: { about: 'repetitions', fallback: '1' },
    },
  },
  async (options) => {
    const rows = options.count('rows');
    const pythonRows = options.count('python-rows');
    const python = await pythonWithPandas(options.text('python'));
    const folder = mkdtempSync(join(tmpdir(), SCRATCH_PREFIX));
    const samples = new Map<string, Sample[]>();
    const busy: number[] = [];
    try {
      for (let repetition = options.count('repeat'); repetition > 0; repetition -= 1) {
        busy.push(await busyShare());
        for (const format of FORMATS) {
          const file = join(folder, `rows.${format}`);
          const script = join(CHECKOUT, 'bench/report-file-rows.ts');
          add(
            samples,
            { program: 'Sluice', format },
            await sample({ command: process.execPath, args: [...WORKER_HEAP, script], format, rows, file }),
          );
        }
        if (python === undefined) continue;
        for (const format of FORMATS) {
          const file = join(folder, `pandas.${format}`);
          const script = join(CHECKOUT, 'bench/report_files_pandas.py');
          add(
            samples,
            { program: 'pandas', format },
            await sample({ command: python.command, args: [script], format, rows: pythonRows, file }),
          );
        }
      }
    } finally {
      removeScratch(folder);
    }
    await printReport({
      format: options.format,
      findings: {
        title: `Report files: ${rows} rows of ten columns to xlsx and csv`,
        metrics: [
          ...metricsOf(samples, { program: 'Sluice', rows }),
          ...metricsOf(samples, { program: 'pandas', rows: pythonRows }),
          { name: 'machine busy just before', unit: '%', values: busy },
        ],
        notes: [
          python === undefined
            ? `Python: ${options.text('python')} with pandas and openpyxl is not there, so nothing is compared; --python names another one.`
            : `Python: ${python.versions}; ${pythonRows} rows.`,
          `Sluice with the heap of its workers (${WORKER_HEAP.join(' ')}).`,
          'Time is from the first row, which is made up on the way, to the closed file; memory the most that the process had (getrusage).',
        ],
      },
    });
  },
);

function key({ program, format }: { readonly program: Program; readonly format: Format }): string {
  return `${program}, ${format}`;
}

function add(
  samples: Map<string, Sample[]>,
  of: { readonly program: Program; readonly format: Format },
  one: Sample,
): void {
  samples.set(key(of), [...(samples.get(key(of)) ?? []), one]);
}

function metricsOf(
  samples: ReadonlyMap<string, readonly Sample[]>,
  { program, rows }: { readonly program: Program; readonly rows: number },
): readonly Metric[] {
  return FORMATS.flatMap((format) => {
    const name = key({ program, format });
    const own = samples.get(name);
    if (own === undefined) return [];
    const memory: Metric = {
      name: `${name}: peak memory`,
      unit: 'MB',
      values: own.map(({ peakMb }) => peakMb),
    };
    return [
      { name: `${name}: time`, unit: 's', values: own.map(({ seconds }) => seconds) },
      { name: `${name}: speed`, unit: 'rows/s', values: own.map(({ seconds }) => rows / seconds) },
      program === 'Sluice' ? { ...memory, target: { below: 250 } } : memory,
      { name: `${name}: file`, unit: 'MB', values: own.map(({ fileMb }) => fileMb) },
    ];
  });
}

async function sample({
  command,
  args,
  format,
  rows,
  file,
}: {
  readonly command: string;
  readonly args: readonly string[];
  readonly format: Format;
  readonly rows: number;
  readonly file: string;
}): Promise<Sample> {
  const said = await runCommand({ command, args: [...args, format, String(rows), file], limitMs: LIMIT_MS });
  const { seconds, peakMb } = JSON.parse(said.slice(said.indexOf('{'))) as Omit<Sample, 'fileMb'>;
  return { seconds, peakMb, fileMb: statSync(file).size / 1e6 };
}

async function pythonWithPandas(
  name: string,
): Promise<{ readonly command: string; readonly versions: string } | undefined> {
  const command = findProgram(name) ?? name;
  const ask =
    'import pandas, openpyxl; print("pandas", pandas.__version__ + ", openpyxl", openpyxl.__version__)';
  try {
    const versions = (await runCommand({ command, args: ['-c', ask], limitMs: 60_000 })).trim();
    return { command, versions };
  } catch (error) {
    if (error instanceof SluiceError) return undefined;
    throw error;
  }
}
