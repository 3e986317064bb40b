import { Command } from 'commander';
import { type AppliedSchedule, applyPlan } from '../../schedules/apply.ts';
import { type PlannedSchedule, planSchedules } from '../../schedules/plan.ts';
import { confirm, isInteractive } from '../confirm.ts';
import { print, printJson, remark } from '../output.ts';
import { withCatalogue } from './context.ts';
import { complainOfForeign, describeApplied, describePlan } from './plan-text.ts';

interface Options {
  readonly yes?: true;
  readonly json?: true;
}

/** Progress is told so often. */
const EVERY = 100;

export function applyCommand(): Command {
  return new Command('apply')
    .description(
      'make Temporal what the catalogue says; keeps pauses, notes, skips and extra runs. Safe to repeat',
    )
    .option('--yes', 'do not ask (a terminal is asked before anything is changed or deleted)')
    .option('--json', 'one JSON value on stdout')
    .addHelpText(
      'after',
      '\nExit code 1: an id belongs to somebody else, or one failed; the others were done.\n\nExample:\n  sluice schedules apply --yes',
    )
    .action(async (options: Options) => {
      const applied = await withCatalogue(async ({ client, catalogue, owner, now }) => {
        const input = { client, catalogue, now, ...owner };
        const plan = await planSchedules(input);
        if (!(await agreed(plan, options))) return undefined;
        return applyPlan({
          ...input,
          plan,
          onProgress: ({ done, of }) => {
            if (done % EVERY === 0) remark(`${done} of ${of}`);
          },
        });
      });
      if (applied === undefined) return print('nothing was changed');
      if (options.json === true) printJson({ schedules: applied });
      else print(describeApplied(applied));
      judge(applied);
    });
}

/** New schedules take nothing away from anybody. */
async function agreed(plan: readonly PlannedSchedule[], { yes, json }: Options): Promise<boolean> {
  const changes = plan.some(
    ({ action }) => action === 'update' || action === 'rename' || action === 'delete',
  );
  if (yes === true || json === true || !changes || !isInteractive()) return true;
  print(describePlan(plan));
  return confirm('\nDo it?');
}

function judge(applied: readonly AppliedSchedule[]): void {
  const idsOf = (outcome: AppliedSchedule['outcome']) =>
    applied.filter((one) => one.outcome === outcome).map(({ id }) => id);
  complainOfForeign(idsOf('foreign'));
  const failed = applied.filter(({ outcome }) => outcome === 'failed');
  for (const { id, error } of failed) process.stderr.write(`sluice: ${id}: ${error}\n`);
  if (failed.length > 0 || idsOf('foreign').length > 0) process.exitCode = 1;
}
