import type { RunCounts } from '../activities/funnel-sync.ts';

/** What the Web UI shows of a run of funnelSync, Markdown; `brevo` as soon as it is known. */
export function describeRun({
  asOf,
  counts,
  judged,
  mirrored,
  brevo,
}: {
  readonly asOf: string;
  readonly counts: RunCounts;
  readonly judged: number;
  readonly mirrored: number;
  readonly brevo?: { readonly state: string; readonly accepted: number; readonly pending: number };
}): string {
  const held = Object.values(counts.quarantined).reduce((sum, one) => sum + one, 0);
  return [
    `As of ${asOf}`,
    '',
    '| | language | non-language |',
    '|---|---:|---:|',
    `| entered | ${counts.entered.language} | ${counts.entered.non_language} |`,
    `| converted | ${counts.converted.language} | ${counts.converted.non_language} |`,
    '',
    `Quarantined: ${held}. Sittings judged: ${judged}. Payments new or changed: ${mirrored}.`,
    brevo === undefined
      ? 'Brevo: waiting.'
      : `Brevo: ${brevo.accepted} accepted, ${brevo.pending} pending (${brevo.state}).`,
  ].join('\n');
}
