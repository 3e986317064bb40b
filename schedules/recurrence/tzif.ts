import { readFileSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import { changesOfYear, type PosixTz, parsePosixTz } from './posix-tz.ts';

/** Where Go, Python and libc look, in this order. */
const FOLDERS = ['/usr/share/zoneinfo', '/usr/lib/zoneinfo', '/usr/share/lib/zoneinfo', '/etc/zoneinfo'];

/** A zone's clock changes up to some time, and the rule for all later ones. Instants and offsets in seconds. */
export interface ZoneFile {
  /** Offset before the first change. */
  readonly first: number;
  readonly changes: readonly { readonly at: number; readonly offset: number }[];
  readonly rule: PosixTz | undefined;
}

/**
 * The machine's own data of a zone, as a Temporal server beside us reads it, too.
 * @returns undefined where the machine has none of that exact name. Format: RFC 9636 (TZif), version 2 and later.
 */
export function readZoneFile(zone: string): ZoneFile | undefined {
  if (!/^[A-Za-z0-9_+-]+(\/[A-Za-z0-9_+-]+)*$/.test(zone)) return undefined;
  for (const folder of FOLDERS) {
    let bytes: Buffer;
    try {
      bytes = readFileSync(realpathSync(join(folder, zone)));
    } catch {
      continue;
    }
    if (bytes.length >= 44 && bytes.toString('latin1', 0, 4) === 'TZif' && bytes.readUInt8(4) >= 0x32) {
      return parseZoneFile(bytes);
    }
  }
  return undefined;
}

/** Changes in `from` ≤ instant < `until`, those that move clocks only, with the offset at `from`. */
export function changesOfFile(
  { first, changes, rule }: ZoneFile,
  { from, until }: { readonly from: number; readonly until: number },
): {
  readonly initial: number;
  readonly changes: readonly { readonly at: number; readonly offset: number }[];
} {
  const all = [...changes];
  const known = changes.at(-1)?.at ?? Number.NEGATIVE_INFINITY;
  if (rule !== undefined && until > known) {
    const lastYear = new Date(until * 1000).getUTCFullYear() + 1;
    const firstYear = new Date(Math.max(from, Math.max(known, 0)) * 1000).getUTCFullYear() - 1;
    for (let year = firstYear; year <= lastYear; year += 1) {
      all.push(...changesOfYear(rule, year).filter(({ at }) => at > known));
    }
    if (rule.summer === undefined && changes.length === 0) all.push({ at: -1e13, offset: rule.standard });
  }
  let offset = first;
  let initial = first;
  const moving: { readonly at: number; readonly offset: number }[] = [];
  for (const change of all) {
    if (change.at >= until) break;
    if (change.at <= from) initial = change.offset;
    else if (change.offset !== offset) moving.push(change);
    offset = change.offset;
  }
  return { initial, changes: moving };
}

function parseZoneFile(bytes: Buffer): ZoneFile {
  const old = header(bytes, 0);
  const start = 44 + bodyLength(old, 4);
  const counts = header(bytes, start);
  const times = start + 44;
  const kinds = times + counts.times * 8;
  const types = kinds + counts.times;
  const offsetOf = (kind: number) => bytes.readInt32BE(types + kind * 6);
  const changes = Array.from({ length: counts.times }, (_, index) => ({
    at: Number(bytes.readBigInt64BE(times + index * 8)),
    offset: offsetOf(bytes.readUInt8(kinds + index)),
  }));
  const footer = bytes.toString('latin1', start + 44 + bodyLength(counts, 8)).trim();
  return {
    first: offsetOf(0),
    changes,
    rule: footer === '' ? undefined : parsePosixTz(footer),
  };
}

interface Counts {
  readonly isUt: number;
  readonly isStd: number;
  readonly leaps: number;
  readonly times: number;
  readonly types: number;
  readonly chars: number;
}

function header(bytes: Buffer, at: number): Counts {
  const count = (index: number) => bytes.readUInt32BE(at + 20 + index * 4);
  return {
    isUt: count(0),
    isStd: count(1),
    leaps: count(2),
    times: count(3),
    types: count(4),
    chars: count(5),
  };
}

function bodyLength({ isUt, isStd, leaps, times, types, chars }: Counts, width: 4 | 8): number {
  return times * (width + 1) + types * 6 + chars + leaps * (width + 4) + isStd + isUt;
}
