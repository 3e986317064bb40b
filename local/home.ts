import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { SluiceError } from '../domain/errors.ts';
import { writePrivately } from './private-file.ts';

const MARKER = 'sluice-home.json';

/** Everything that Sluice keeps in its home. Whatever else lies there is somebody else's, and is left alone. */
const OURS = [
  MARKER,
  'brevo-sandbox',
  'bundles',
  'credentials.json',
  'logs',
  'mysql',
  'ports.json',
  'stack.json',
  'temporal',
  'up.lock',
];

export interface Home {
  readonly root: string;
  readonly mysql: string;
  readonly temporal: string;
  readonly brevoSandbox: string;
  readonly ports: string;
  log(name: string): string;
}

export function homeAt(root: string): Home {
  return {
    root,
    mysql: join(root, 'mysql'),
    temporal: join(root, 'temporal'),
    brevoSandbox: join(root, 'brevo-sandbox'),
    ports: join(root, 'ports.json'),
    log: (name) => join(root, 'logs', `${name}.log`),
  };
}

/**
 * Makes the folder a home of the local stack, readable by its owner only.
 * @throws SluiceError `home_not_ours` when there are other things in that folder
 */
export function openHome(root: string): Home {
  if (!isMarked(root)) {
    const strangers = existsSync(root) ? readdirSync(root).filter((name) => !OURS.includes(name)) : [];
    if (strangers.length > 0) throw notOurs(root, strangers);
    mkdirSync(root, { recursive: true, mode: 0o700 });
    writePrivately(join(root, MARKER), JSON.stringify({ sluiceHome: 1 }));
  }
  mkdirSync(join(root, 'logs'), { recursive: true });
  return homeAt(root);
}

/**
 * Deletes what Sluice keeps in its home, and the folder itself if nothing else is in it.
 * @returns names of what was left because it is not ours
 * @throws SluiceError `home_not_ours` when the folder was never a home
 */
export function wipeHome(root: string): readonly string[] {
  if (!existsSync(root)) return [];
  if (!isMarked(root)) throw notOurs(root, readdirSync(root));
  // The marker goes last: a wipe that is broken off can be repeated.
  for (const name of OURS.filter((name) => name !== MARKER))
    rmSync(join(root, name), { recursive: true, force: true });
  rmSync(join(root, MARKER), { force: true });
  const left = readdirSync(root);
  if (left.length === 0) rmdirSync(root);
  return left;
}

function isMarked(root: string): boolean {
  return existsSync(join(root, MARKER));
}

function notOurs(root: string, found: readonly string[]): SluiceError {
  return new SluiceError(
    `${root} is not a folder of Sluice: it holds ${found.slice(0, 3).join(', ') || 'no marker'}`,
    {
      code: 'home_not_ours',
      hint: 'Set SLUICE_HOME to a new folder, or to one that an earlier `sluice up` made.',
    },
  );
}

const credentialsSchema = z.record(z.string(), z.string());

export interface Credentials {
  readonly root: string;
  readonly sluice: string;
  readonly siteReader: string;
  readonly siteAdmin: string;
  readonly quizReader: string;
  readonly quizAdmin: string;
  readonly sandboxKey: string;
  readonly secret: string;
  /** `whsec_…` */
  readonly eventsSecret: string;
  readonly brevoWebhookToken: string;
}

/** The secrets of this home's servers: made at random once, kept in `credentials.json` (mode 0600). */
export function credentialsOf(home: Home): Credentials {
  const file = join(home.root, 'credentials.json');
  const kept = existsSync(file) ? credentialsSchema.parse(JSON.parse(readFileSync(file, 'utf8'))) : {};
  const secret = (name: string) => kept[name] ?? randomBytes(18).toString('hex');
  const all = {
    root: secret('root'),
    sluice: secret('sluice'),
    siteReader: secret('siteReader'),
    siteAdmin: secret('siteAdmin'),
    quizReader: secret('quizReader'),
    quizAdmin: secret('quizAdmin'),
    sandboxKey: kept.sandboxKey ?? `sandbox-${randomBytes(18).toString('hex')}`,
    secret: secret('secret'),
    eventsSecret: kept.eventsSecret ?? `whsec_${randomBytes(32).toString('base64')}`,
    brevoWebhookToken: secret('brevoWebhookToken'),
  };
  // A home of an earlier version lacks those that came later.
  if (Object.keys(all).some((name) => kept[name] === undefined))
    writePrivately(file, JSON.stringify(all, undefined, 2));
  return all;
}
