import { Command } from 'commander';
import { isPending, planSchedules } from '../../schedules/plan.ts';
import { print, printJson } from '../output.ts';
import { withCatalogue } from './context.ts';
import { complainOfForeign, describePlan, planJson } from './plan-text.ts';

export function planCommand(): Command {
  return new Command('plan')
    .description('what apply would do: compares the catalogue with Temporal, changes nothing')
    .option('--json', 'one JSON value on stdout')
    .addHelpText(
      'after',
      '\nExit code 0: no drift; 3: changes pending; 1: an id belongs to somebody else.\n\nExample:\n  sluice schedules plan',
    )
    .action(async ({ json }: { readonly json?: true }) => {
      const plan = await withCatalogue(({ client, catalogue, owner, now }) =>
        planSchedules({ client, catalogue, now, ...owner }),
      );
      if (json === true) printJson(planJson(plan));
      else print(describePlan(plan));
      const foreign = plan.filter(({ action }) => action === 'foreign').map(({ id }) => id);
      complainOfForeign(foreign);
      if (foreign.length > 0) process.exitCode = 1;
      else if (plan.some(isPending)) process.exitCode = 3;
    });
}
