import { findProgram, runCommand } from '../../../local/run-command.ts';

type PopplerProgram = 'pdftotext' | 'pdfinfo' | 'pdffonts' | 'pdfimages';

const HOW = 'Install poppler-utils (Debian: apt-get install poppler-utils; macOS: brew install poppler).';

/**
 * Runs a program of poppler, the PDF reader of most Linux desktops. Where it is not there, its Debian package is installed;
 * where that is not possible, the test fails and says so.
 */
export async function poppler(program: PopplerProgram, args: readonly string[]): Promise<string> {
  const command = findProgram(program) ?? (await installed(program));
  return runCommand({ command, args, limitMs: 60_000 });
}

async function installed(program: PopplerProgram): Promise<string> {
  const apt = findProgram('apt-get');
  if (apt === undefined || process.getuid?.() !== 0) throw new Error(`${program} is not here. ${HOW}`);
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  await runCommand({ command: apt, args: ['-q', '-y', 'update'], env, limitMs: 300_000 });
  await runCommand({
    command: apt,
    args: ['-q', '-y', 'install', '--no-install-recommends', 'poppler-utils'],
    env,
    limitMs: 300_000,
  });
  const found = findProgram(program);
  if (found === undefined) throw new Error(`${program} is not here. ${HOW}`);
  return found;
}
