import type { Run } from './state.ts';

/** What the Web UI shows of a run, Markdown; ids, names of steps and times only. */
export function describe({ definition, input, progress, waiting, dueAt, end }: Run): string {
  const due = dueAt === undefined ? undefined : new Date(dueAt).toISOString().replace('.000Z', 'Z');
  const lines = [
    `**${definition.id}** version ${definition.version}, contact ${input.contactId}, began ${input.anchorAt.replace('.000Z', 'Z')}`,
    end === undefined ? `Step: **${progress.step ?? 'the end'}**` : `Over: **${end.state}** (${end.reason})`,
    ...(progress.pausedAt === undefined ? [] : ['Paused']),
    ...(progress.parked === undefined ? [] : [`Parked: ${progress.parked.reason}`]),
    ...(waiting === undefined ? [] : [`Waits for: ${waiting}`]),
    ...(due === undefined ? [] : [`Next: ${due}`]),
    `Mails sent: ${progress.sent}`,
    ...(progress.uncertain === 0 ? [] : [`Mails of which nobody can tell: ${progress.uncertain}`]),
    ...Object.entries(progress.remembered).map(([name, arm]) => `${name}: ${arm}`),
  ];
  return lines.join('\n\n');
}
