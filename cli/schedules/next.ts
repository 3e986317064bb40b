import Table from 'cli-table3';
import { Command, InvalidArgumentError } from 'commander';
import { SluiceError } from '../../domain/errors.ts';
import { wholeSecond } from '../../domain/whole-second.ts';
import { type ComparedTimes, compareTimes } from '../../schedules/observe/next.ts';
import { instantText } from '../../schedules/server/exception-entries.ts';
import { spanText } from '../../schedules/span.ts';
import { print, printJson } from '../output.ts';
import { withSchedules } from './context.ts';
import { findDeclared } from './find.ts';
import { parseTime, timeInZone } from './times.ts';

interface Options {
  readonly count: number;
  readonly after?: string;
  readonly json?: true;
}

const MOST = 500;

export function nextCommand(): Command {
  return new Command('next')
    .argument('<id>', 'funnel-sync, …')
    .description('times to come, by the rule and by the server, side by side')
    .option('--count <number>', `how many, at most ${MOST}`, parseCount, 10)
    .option('--after <time>', 'ISO 8601; without Z in the zone of the schedule (default: now)')
    .option('--json', 'one JSON value on stdout')
    .addHelpText(
      'after',
      '\nExit code 1: the two differ.\n\nExample:\n  sluice schedules next conversion-report --count 3 --after 2027-03-27',
    )
    .action(async (id: string, { count, after: given, json }: Options) => {
      const { compared, timezone, jitter } = await withSchedules(async (context) => {
        const { schedule, held } = await findDeclared(context, id);
        const { timezone, jitter } = schedule;
        const now = wholeSecond(context.now);
        const after = given === undefined ? now : parseTime({ option: '--after', value: given, timezone });
        const { client } = context;
        return { compared: await compareTimes({ client, schedule, held, after, count }), timezone, jitter };
      });
      if (json === true) printJson({ id, timezone, jitterSeconds: jitter / 1000, ...compared });
      else print(textOf(compared, { timezone, jitter }));
      if (!compared.differ) return;
      throw new SluiceError(`Temporal will not run ${id} at the times of its rule`, {
        code: 'schedule_times_differ',
        hint: 'sluice schedules plan says in what it differs, sluice schedules apply mends it.',
      });
    });
}

function textOf(
  { times, beyond, skipped }: ComparedTimes,
  { timezone, jitter }: { readonly timezone: string; readonly jitter: number },
): string {
  const table = new Table({
    head: ['by the rule', 'by the server', ''],
    style: { head: [], border: [] },
  });
  for (const { rule, server, isExtra } of times) {
    const same = rule !== undefined && server?.getTime() === rule.getTime();
    table.push([
      rule === undefined ? '–' : timeInZone(rule, timezone),
      server === undefined ? '–' : same ? 'the same' : timeInZone(server, timezone),
      rule === undefined || server === undefined ? 'DIFFERS' : isExtra ? 'extra run' : '',
    ]);
  }
  return [
    times.length === 0 ? 'no times by rule or server' : table.toString(),
    ...(jitter > 0 ? [`the server puts each start off by up to ${spanText(jitter)}`] : []),
    ...(skipped.length > 0 ? [`left out: ${listed(skipped)}`] : []),
    ...(beyond.length > 0
      ? [`outside of what the server knows now (it is rolled forward daily): ${listed(beyond)}`]
      : []),
  ].join('\n');
}

function listed(dates: readonly Date[]): string {
  return dates.map((at) => instantText(at.getTime() / 1000)).join(', ');
}

function parseCount(text: string): number {
  const count = Number(text);
  if (Number.isInteger(count) && count >= 1 && count <= MOST) return count;
  throw new InvalidArgumentError(`a whole number from 1 to ${MOST}`);
}
