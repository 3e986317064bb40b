import { Command } from 'commander';
import { openForRerun } from '../../db/schedule-runs.ts';
import { SluiceError, UsageError } from '../../domain/errors.ts';
import { type BackfillResult, backfill } from '../../schedules/operate/backfill.ts';
import { type BackfillSlot, planBackfill } from '../../schedules/operate/plan-backfill.ts';
import type { ResolvedSchedule } from '../../schedules/resolved.ts';
import { extendBack } from '../../schedules/roll.ts';
import type { ServerSchedule } from '../../schedules/server/describe.ts';
import { confirm, isInteractive } from '../confirm.ts';
import { print, printJson, remark } from '../output.ts';
import { describeBackfill, describeBackfillPlan } from './backfill-text.ts';
import { type ScheduleContext, withSchedules } from './context.ts';
import { findDeclared } from './find.ts';
import { type OpenLedger, withLedger } from './ledger.ts';
import { parseTime } from './times.ts';

interface Options {
  readonly from: string;
  readonly to: string;
  readonly dryRun?: true;
  readonly rerun?: true;
  readonly yes?: true;
  readonly json?: true;
}

export function backfillCommand(): Command {
  return new Command('backfill')
    .argument('<id>', 'funnel-sync, …')
    .description('run the times of a past range, one after the other, each as of its own time')
    .requiredOption('--from <time>', 'ISO 8601, included; without Z in the zone of the schedule')
    .requiredOption('--to <time>', 'included, likewise')
    .option('--dry-run', 'list the times and what would be done, ask for nothing')
    .option('--rerun', 'also those that ran to their end before; needs our database')
    .option('--yes', 'do not ask (a terminal is asked)')
    .option('--json', 'one JSON value on stdout')
    .addHelpText(
      'after',
      '\nAt most 1000 times. Safe to repeat: a time is worked once, unless --rerun opens it.\n\nExample:\n  sluice schedules backfill conversion-report --from 2026-11-01 --to 2026-11-14T23:59 --dry-run',
    )
    .action((id: string, options: Options) =>
      withSchedules((context) => withLedger(context.settings, (open) => run({ context, id, options, open }))),
    );
}

interface Input {
  readonly context: ScheduleContext;
  readonly id: string;
  readonly options: Options;
  readonly open: OpenLedger | undefined;
}

async function run(input: Input): Promise<void> {
  const { context, id, options, open } = input;
  const { schedule, held } = await findDeclared(context, id);
  if (options.rerun === true && open === undefined) {
    throw new UsageError(
      '--rerun needs our database: its ledger says which times were worked, and has to be opened for them',
      'Set DATABASE_URL.',
    );
  }
  const { timezone } = schedule;
  const slots = await planBackfill({
    client: context.client,
    schedule,
    held,
    from: parseTime({ option: '--from', value: options.from, timezone }),
    to: parseTime({ option: '--to', value: options.to, timezone }),
    which: options.rerun === true ? 'all' : 'missing',
    workers: context.settings.dryRun ? 'dry' : 'live',
    ledger: open?.ledger,
    now: context.now,
  });
  if (options.json !== true) print(describeBackfillPlan(slots, schedule));
  const toRun = slots.filter(({ fate }) => fate === 'to run');
  const result =
    options.dryRun === true || toRun.length === 0 || !(await agreed(toRun.length, options))
      ? undefined
      : await carryOut(input, { schedule, held, slots: toRun });
  if (options.json === true) {
    printJson({
      id,
      timezone,
      slots: slots.map(({ slot, fate, before }) => ({ slot, fate, before: before ?? null })),
      result: result ?? null,
    });
  } else print(describeBackfill(result, { id, toRun: toRun.length }));
  if (result !== undefined && result.lost.length > 0) {
    throw new SluiceError(`${result.lost.length} of ${toRun.length} times were not started`, {
      code: 'backfill_incomplete',
      sort: 'retry',
      hint: 'The same command again, without --rerun, asks for them; sluice schedules plan says whether the server differs.',
    });
  }
}

async function carryOut(
  { context: { client, owner, now }, id, options, open }: Input,
  {
    schedule,
    held,
    slots,
  }: {
    readonly schedule: ResolvedSchedule;
    readonly held: ServerSchedule;
    readonly slots: readonly BackfillSlot[];
  },
): Promise<BackfillResult> {
  const from = slots[0]?.slot ?? now;
  await extendBack({ client, schedule, from, owner, now });
  if (options.rerun === true && open !== undefined) {
    const scheduleIds = [id, ...schedule.formerIds];
    await openForRerun(open.database.orm, { scheduleIds, slots: slots.map(({ slot }) => slot) });
  }
  return backfill({
    client,
    id,
    workflowId: held.action.workflowId,
    slots,
    onProgress: ({ asked, started, of }) => remark(`${asked} of ${of} asked for, ${started} started`),
  });
}

async function agreed(count: number, { yes, json }: Options): Promise<boolean> {
  if (yes === true || json === true || !isInteractive()) return true;
  return confirm(`\nRun ${count === 1 ? 'it' : `these ${count}`}?`);
}
