import type { Client, Connection } from '@temporalio/client';
import { Command } from 'commander';
import type { Settings } from '../../config.ts';
import { type Gap, gapOf } from '../../schedules/observe/gap.ts';
import type { ResolvedSchedule } from '../../schedules/resolved.ts';
import type { scheduleCatchUp } from '../../workflows/schedule-catch-up.ts';
import { print, printJson } from '../output.ts';
import { pollersOf } from '../pollers.ts';
import { idByHand } from '../run-funnel-sync.ts';
import { withSchedules } from './context.ts';
import { findApplied } from './find.ts';
import { withLedger } from './ledger.ts';
import { checkNote } from './pause.ts';
import { catchUpText } from './report-text.ts';
import { timeInZone } from './times.ts';

interface Options {
  readonly note?: string;
  readonly json?: true;
}

/** A search for missed times that was started at once. */
type CatchUpRun = { readonly workflowId: string } | 'no worker' | 'nothing to do';

export function resumeCommand(): Command {
  return new Command('resume')
    .argument('<id>', 'funnel-sync, …')
    .description('start runs again; says what was missed and what will be made up')
    .option('--note <text>', 'shown in the list and in the Web UI (default: what the catalogue says)')
    .option('--json', 'one JSON value on stdout')
    .addHelpText('after', '\nExample:\n  sluice schedules resume funnel-sync')
    .action(async (id: string, options: Options) => {
      const given = checkNote(options.note);
      const done = await withSchedules(async (context) => {
        const { settings, client, now } = context;
        const { declared, held } = await findApplied(context, id);
        const note = given ?? declared?.note ?? 'Resumed by hand.';
        if (!held.paused) return { declared, note: held.note, before: 'active' as const };
        const gap =
          declared === undefined
            ? undefined
            : await withLedger(settings, (open) =>
                gapOf({ client, schedule: declared, held, ledger: open?.ledger, now }),
              );
        await client.schedule.getHandle(id).unpause(note);
        const catchUp = await startCatchUp(client, { settings, gap });
        return { declared, note, before: 'paused' as const, gap, catchUp };
      });
      if (options.json === true) {
        const { declared, ...rest } = done;
        printJson({ id, state: 'active', ...rest, policy: declared?.catchUp ?? null });
        return;
      }
      if (done.before === 'active') return print(`${id} was not paused`);
      print(`resumed ${id}`);
      if (done.declared !== undefined && done.gap !== undefined) {
        print(gapText(done.gap, { schedule: done.declared, catchUp: done.catchUp }));
      }
    });
}

/** At once rather than at its next turn; it looks at all schedules and does no harm beside another one. */
async function startCatchUp(
  client: Client,
  { settings, gap }: { readonly settings: Settings; readonly gap: Gap | undefined },
): Promise<CatchUpRun> {
  if (gap === undefined || gap.missed.length === 0) return 'nothing to do';
  const { namespace, taskQueue: queue } = settings.temporal;
  const { live } = await pollersOf(client.connection as Connection, { namespace, queue, kind: 'workflows' });
  if (live === 0) return 'no worker';
  const { workflowId } = await client.workflow.start<typeof scheduleCatchUp>('scheduleCatchUp', {
    workflowId: idByHand('schedule-catch-up'),
    taskQueue: queue,
    args: [],
    staticSummary: 'Finds times that passed without a run (after a resume)',
  });
  return { workflowId };
}

function gapText(
  { missed, owed, left, young }: Gap,
  { schedule, catchUp }: { readonly schedule: ResolvedSchedule; readonly catchUp: CatchUpRun | undefined },
): string {
  const [first, last] = [missed[0], missed.at(-1)];
  const later =
    young > 0 ? [`${counted(young)} of the last minutes: schedule-catch-up decides at its next turn`] : [];
  if (first === undefined || last === undefined) return later[0] ?? 'no time was missed';
  const time = (at: Date) => timeInZone(at, schedule.timezone);
  const [next] = owed;
  return [
    missed.length === 1
      ? `1 time was missed: ${time(first)}`
      : `${counted(missed.length)} were missed, ${time(first)} to ${time(last)}`,
    `catch-up "${schedule.catchUp}": ${catchUpText(schedule)}`,
    ...(next === undefined
      ? []
      : [
          owed.length === 1
            ? `made up: ${time(next)}`
            : `made up: ${counted(owed.length)} from ${time(next)} on`,
        ]),
    ...left.map(({ reason, count }) => `not made up: ${counted(count)}, ${reason.replaceAll('_', ' ')}`),
    ...(left.length > 0 ? [`sluice schedules backfill ${schedule.id} --from T --to T runs those, too`] : []),
    ...(catchUp === 'no worker'
      ? [`no worker polls ${schedule.taskQueue}; schedule-catch-up does it once one does (sluice worker)`]
      : typeof catchUp === 'object'
        ? [`catching up: ${catchUp.workflowId}`]
        : []),
    ...later,
  ].join('\n');
}

function counted(count: number): string {
  return `${count} ${count === 1 ? 'time' : 'times'}`;
}
