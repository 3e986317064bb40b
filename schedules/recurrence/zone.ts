import { Temporal } from 'temporal-polyfill';
import { DAY } from './civil.ts';
import type { DstPolicy } from './rule.ts';
import { changesOfFile, readZoneFile, type ZoneFile } from './tzif.ts';

/** A change of a zone's clocks. Instant and offsets (east of UTC) in seconds. */
export interface Transition {
  readonly at: number;
  readonly before: number;
  readonly after: number;
}

/** What a wall time is: one instant, two (clocks repeat it) or, in a gap, the one that it moves to. */
export interface Reading {
  readonly kind: 'once' | 'twice' | 'gap';
  readonly first: number;
  readonly second: number;
  /** Wall times of a gap give instants that jump back when it ends; none is before this one. */
  readonly floor: number;
}

/** Changes are loaded in blocks of 32 years of 365.25 days. */
const BLOCK = 32 * 31_557_600;
/** No zone is further from UTC, and no change is larger. */
const MOST = 26 * 3600;

interface Block {
  readonly starts: readonly number[];
  readonly offsets: readonly number[];
}

/** A zone's clocks, by the machine's zone data, else by those of Node. */
export interface Zone {
  readonly name: string;
  /** Seconds east of UTC at an instant. */
  offsetAt(instant: number): number;
  toWall(instant: number): number;
  read(wall: number): Reading;
  /** Changes in `from` ≤ instant < `until`. */
  transitions(range: { readonly from: number; readonly until: number }): readonly Transition[];
}

type Source = (range: { readonly from: number; readonly until: number }) => {
  readonly initial: number;
  readonly changes: readonly { readonly at: number; readonly offset: number }[];
};

const zones = new Map<string, Zone>();

/** @returns undefined for a name that is not an IANA zone in its exact spelling. */
export function findZone(name: string): Zone | undefined {
  const known = zones.get(name);
  if (known !== undefined) return known;
  const file = /^(posix|right)\/|^(localtime|posixrules|Factory)$/.test(name)
    ? undefined
    : readZoneFile(name);
  const zone = file === undefined ? zoneOfNode(name) : createZone(name, sourceOfFile(file));
  if (zone !== undefined) zones.set(name, zone);
  return zone;
}

/** Instants of a wall time under a policy, in order; none for a skipped gap. */
export function instantsOf(reading: Reading, { gap, overlap }: DstPolicy): readonly number[] {
  if (reading.kind === 'gap' && gap === 'skip') return [];
  return reading.kind === 'twice' && overlap === 'both' ? [reading.first, reading.second] : [reading.first];
}

function sourceOfFile(file: ZoneFile): Source {
  return (range) => changesOfFile(file, range);
}

/** Only where the machine has no zone files: the spelling is checked against the names that Node lists. */
function zoneOfNode(name: string): Zone | undefined {
  const listed = name === 'UTC' || Intl.supportedValuesOf('timeZone').includes(name);
  if (!listed) return undefined;
  const at = (instant: number) =>
    Temporal.Instant.fromEpochMilliseconds(instant * 1000).toZonedDateTimeISO(name);
  return createZone(name, ({ from, until }) => {
    const changes: { at: number; offset: number }[] = [];
    const start = at(from);
    for (let next = start.getTimeZoneTransition('next'); next !== null; ) {
      const instant = next.epochMilliseconds / 1000;
      if (instant >= until) break;
      changes.push({ at: instant, offset: next.offsetNanoseconds / 1e9 });
      next = next.getTimeZoneTransition('next');
    }
    return { initial: start.offsetNanoseconds / 1e9, changes };
  });
}

function createZone(name: string, source: Source): Zone {
  const blocks = new Map<number, Block>();
  let segment = { from: 0, until: 0, offset: 0 };

  function block(index: number): Block {
    let found = blocks.get(index);
    if (found === undefined) {
      const from = index * BLOCK;
      const { initial, changes } = source({ from, until: from + BLOCK });
      found = {
        starts: [from, ...changes.map(({ at }) => at)],
        offsets: [initial, ...changes.map(({ offset }) => offset)],
      };
      blocks.set(index, found);
    }
    return found;
  }

  function find(instant: number): typeof segment {
    if (instant >= segment.from && instant < segment.until) return segment;
    const index = Math.floor(instant / BLOCK);
    const { starts, offsets } = block(index);
    let low = 0;
    for (let high = starts.length - 1; low < high; ) {
      const middle = (low + high + 1) >> 1;
      if ((starts[middle] ?? 0) <= instant) low = middle;
      else high = middle - 1;
    }
    segment = {
      from: starts[low] ?? 0,
      until: starts[low + 1] ?? (index + 1) * BLOCK,
      offset: offsets[low] ?? 0,
    };
    return segment;
  }

  function transitions({
    from,
    until,
  }: {
    readonly from: number;
    readonly until: number;
  }): readonly Transition[] {
    const found: Transition[] = [];
    let before = find(from - 1).offset;
    for (let index = Math.floor(from / BLOCK); index * BLOCK < until; index += 1) {
      const { starts, offsets } = block(index);
      for (const [at, start] of starts.entries()) {
        const after = offsets[at] ?? 0;
        if (start >= until) break;
        if (start >= from) {
          if (after !== before) found.push({ at: start, before, after });
          before = after;
        }
      }
    }
    return found;
  }

  return {
    name,
    offsetAt: (instant) => find(instant).offset,
    toWall: (instant) => instant + find(instant).offset,
    transitions,
    read(wall) {
      const { from, until, offset } = segment;
      const near = wall - offset;
      if (near >= from + MOST && near < until - MOST) {
        return { kind: 'once', first: near, second: near, floor: near };
      }
      const earlier = find(wall - DAY).offset;
      const later = find(wall + DAY).offset;
      const one = wall - earlier;
      const two = wall - later;
      const fitsOne = find(one).offset === earlier;
      const fitsTwo = find(two).offset === later;
      if (fitsOne && fitsTwo) {
        const first = Math.min(one, two);
        return { kind: one === two ? 'once' : 'twice', first, second: Math.max(one, two), floor: first };
      }
      if (fitsOne || fitsTwo) {
        const only = fitsOne ? one : two;
        return { kind: 'once', first: only, second: only, floor: only };
      }
      return { kind: 'gap', first: one, second: one, floor: find(one).from };
    },
  };
}
