import Table from 'cli-table3';
import { Command } from 'commander';
import { loadSettings, type Settings } from '../config.ts';
import { countQuarantine, listQuarantine } from '../db/quarantine.ts';
import { REJECTION_MEANING, REJECTION_REASONS, type RejectionReason } from '../domain/intake.ts';
import { withDatabase } from './context.ts';
import { print, printJson } from './output.ts';
import { parseNumber, parseReason, windowTest } from './quarantine-options.ts';
import { replayQuarantine } from './quarantine-replay.ts';
import { visibleText, visibleTime } from './visible-text.ts';

type HeldSitting = Awaited<ReturnType<typeof listQuarantine>>[number];

const SHOWN = 50;

export function quarantineCommand(): Command {
  const quarantine = new Command('quarantine').description('sittings that took nobody in, and why');
  quarantine
    .command('list')
    .description('what is held, newest sitting first, with the number of each reason')
    .option('--reason <reason>', `only this one: ${REJECTION_REASONS.join(', ')}`)
    .option('--limit <number>', `rows at most (default: ${SHOWN})`)
    .option('--json', 'one JSON value on stdout')
    .addHelpText('after', '\nExample:\n  sluice quarantine list --reason invalid_email --limit 20')
    .action(list);
  quarantine
    .command('replay')
    .description('forget how sittings were judged, so that the next run looks at them again')
    .option('--reason <reason>', 'those held for this reason')
    .option('--sitting <ids...>', 'these sittings (simpletest_users.Id)')
    .option('--all', 'everything that is held')
    .option('--run', 'start funnelSync after it and wait for its end')
    .option('--json', 'one JSON value on stdout')
    .addHelpText(
      'after',
      '\nA sitting is also judged again by itself when its row at the site changes. With APP_DRY_RUN=true this only\nsays what it would do.\n\nExample:\n  sluice quarantine replay --reason unclassified_test --run',
    )
    .action(replayQuarantine);
  return quarantine;
}

interface ListOptions {
  readonly reason?: string;
  readonly limit?: string;
  readonly json?: true;
}

async function list(options: ListOptions): Promise<void> {
  const reason = parseReason(options.reason);
  const limit = parseNumber({ option: '--limit', value: options.limit ?? String(SHOWN) });
  const settings = loadSettings();
  const [sittings, counts] = await withDatabase(settings, ({ orm }) =>
    Promise.all([listQuarantine(orm, { reason, limit }), countQuarantine(orm)]),
  );
  const isJudged = windowTest(settings);
  if (options.json === true) {
    printJson({
      counts,
      lookbackDays: settings.site.lookbackDays,
      sittings: sittings.map((row) => ({
        sittingId: row.sittingId,
        reason: row.reason,
        email: row.rawEmail,
        testId: row.testId,
        testedAt: row.testedAt,
        firstSeenAt: row.firstSeenAt,
        judgedAt: row.judgedAt,
        inLookback: isJudged(row.testedAt),
      })),
    });
  } else print(describeList({ sittings, counts, isJudged, settings }));
}

function describeList({
  sittings,
  counts,
  isJudged,
  settings,
}: {
  readonly sittings: readonly HeldSitting[];
  readonly counts: Partial<Record<RejectionReason, number>>;
  readonly isJudged: (testedAt: Date) => boolean;
  readonly settings: Settings;
}): string {
  const reasons = REJECTION_REASONS.filter((reason) => (counts[reason] ?? 0) > 0);
  if (reasons.length === 0) return 'nothing is held';
  const table = new Table({
    head: ['sitting', 'tested at', 'test', 'e-mail', 'why it is held'],
    style: { head: [], border: [] },
    chars: { mid: '', 'left-mid': '', 'mid-mid': '', 'right-mid': '' },
    colAligns: ['right', 'left', 'right', 'left', 'left'],
  });
  for (const row of sittings) {
    table.push([
      row.sittingId,
      `${visibleTime(row.testedAt)}${isJudged(row.testedAt) ? '' : ' *'}`,
      row.testId ?? '–',
      row.rawEmail === null ? '–' : `"${visibleText(row.rawEmail)}"`,
      REJECTION_MEANING[row.reason],
    ]);
  }
  const old = sittings.some((row) => !isJudged(row.testedAt));
  return [
    ...(sittings.length === 0 ? [] : [table.toString()]),
    ...(old ? [`* more than ${settings.site.lookbackDays} days ago: no run judges it any more`] : []),
    ...reasons.map(
      (reason) => `${String(counts[reason]).padStart(7)}  ${reason}: ${REJECTION_MEANING[reason]}`,
    ),
  ].join('\n');
}
