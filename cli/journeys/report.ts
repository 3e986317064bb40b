import Table from 'cli-table3';
import { Command } from 'commander';
import { loadSettings } from '../../config.ts';
import { type ArmCounts, countArms } from '../../db/journey-report.ts';
import { findJourney } from '../../domain/journeys/catalogue.ts';
import { experimentsOf } from '../../domain/journeys/definition.ts';
import { difference, type Share, shareOf } from '../../domain/journeys/interval.ts';
import { HOLDOUT } from '../../domain/journeys/steps.ts';
import { withDatabase } from '../context.ts';
import { print, printJson } from '../output.ts';

interface ArmReport extends ArmCounts {
  readonly conversion: Share | undefined;
  /** Of the conversion to that of the holdout. */
  readonly toHoldout: Share | undefined;
}

export function reportCommand(): Command {
  return new Command('report')
    .argument('<id>', 'new-lead-handler, …')
    .description('people, mails and goals of a journey, by the arms of its experiments')
    .option('--json', 'one JSON value on stdout; shares from 0 to 1')
    .addHelpText(
      'after',
      `
Conversion: people who reached the goal after entering, of all who entered, with the 95 % interval of Wilson. Against
the holdout: the difference, with the interval of Newcombe; more than chance where both ends have one sign.

Example:
  sluice journeys report nurture-on-assessment`,
    )
    .action(report);
}

async function report(id: string, { json }: { readonly json?: true }): Promise<void> {
  const journey = findJourney(id);
  const names = [undefined, ...experimentsOf(journey)];
  const parts = await withDatabase(loadSettings(), async ({ orm }) => {
    const counted = [];
    for (const experiment of names)
      counted.push({ experiment, arms: reportOf(await countArms(orm, { journey: id, experiment })) });
    return counted;
  });
  const goal = journey.goal;
  if (json === true) {
    return printJson({
      journey: id,
      goal,
      parts: parts.map(({ experiment, ...part }) => ({ experiment: experiment ?? null, ...part })),
    });
  }
  print(`${id}, goal: ${goal ?? 'none'}`);
  for (const { experiment, arms } of parts) {
    print(experiment === undefined ? '' : `\nexperiment ${experiment}`);
    print(arms.length === 0 ? 'nobody' : tableOf(arms));
  }
}

function reportOf(arms: readonly ArmCounts[]): readonly ArmReport[] {
  const holdout = arms.find(({ arm }) => arm === HOLDOUT);
  const base = holdout === undefined ? undefined : conversionOf(holdout);
  return arms.map((counts) => {
    const conversion = conversionOf(counts);
    const toHoldout =
      base === undefined || conversion === undefined || counts === holdout
        ? undefined
        : difference(conversion, base);
    return { ...counts, conversion, toHoldout };
  });
}

function conversionOf({ goals, people }: ArmCounts): Share | undefined {
  return shareOf({ hits: goals, of: people });
}

function tableOf(arms: readonly ArmReport[]): string {
  const table = new Table({
    head: ['arm', 'people', 'under way', 'mails', 'goal', 'conversion', '95 %', 'to holdout', '95 %'],
    style: { head: [], border: [] },
    colAligns: ['left', 'right', 'right', 'right', 'right', 'right', 'right', 'right', 'right'],
  });
  for (const { arm, people, running, mails, goals, conversion, toHoldout } of arms) {
    table.push([arm, people, running, mails, goals, ...columns(conversion, ''), ...columns(toHoldout, '+')]);
  }
  return table.toString();
}

function columns(share: Share | undefined, sign: '' | '+'): readonly [string, string] {
  if (share === undefined) return ['–', '–'];
  const percent = (value: number) => `${value > 0 ? sign : ''}${(value * 100).toFixed(2)}`;
  return [`${percent(share.share)} %`, `${percent(share.low)} to ${percent(share.high)}`];
}
