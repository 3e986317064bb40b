import type { ScoringStart } from '../activities/lead-scoring.ts';

interface Counts {
  readonly scored: number;
  readonly changed: number;
  readonly becameHot: number;
  readonly becameCold: number;
}

/** What the Web UI shows of a run of leadScoring, Markdown. @param hour the one that is under way; unset: all are done */
export function describeScoring({
  start,
  counts,
  hour,
}: {
  readonly start: ScoringStart;
  readonly counts: Counts;
  readonly hour?: string | undefined;
}): string {
  const { lastHour, mode, hours, fadeHours } = start;
  return [
    `As of ${hourText(start.hour)}; before it ${hourText(lastHour)} was scored last.`,
    ...(mode === 'backlog' ? [`Backlog: ${hours} hours one after the other.`] : []),
    ...(fadeHours > 0 ? [`Scores fade through the ${fadeHours} hours before.`] : []),
    ...(hour === undefined ? [] : [`At ${hourText(hour)}:`]),
    '',
    '| leads | changed | became hot | became cold |',
    '|---:|---:|---:|---:|',
    `| ${counts.scored} | ${counts.changed} | ${counts.becameHot} | ${counts.becameCold} |`,
  ].join('\n');
}

/** `2026-11-21 09:00Z` */
export function hourText(hour: string | undefined): string {
  return hour === undefined ? 'no hour' : `${hour.slice(0, 16).replace('T', ' ')}Z`;
}
