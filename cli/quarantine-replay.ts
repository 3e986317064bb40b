import { loadSettings, type Settings } from '../config.ts';
import { forgetHours } from '../db/judged-hours.ts';
import { forgetVerdicts, listQuarantine, type QuarantineFilter } from '../db/quarantine.ts';
import { SluiceError, UsageError } from '../domain/errors.ts';
import { createSiteClock, type SiteClock } from '../domain/site-clock.ts';
import { withDatabase, withTemporal } from './context.ts';
import { describeRun } from './funnel-sync-text.ts';
import { print, printJson, remark } from './output.ts';
import { parseNumber, parseReason, windowTest } from './quarantine-options.ts';
import { type FunnelSyncRun, runFunnelSync } from './run-funnel-sync.ts';

const ALL = 10_000_000;
const HOUR_MS = 3_600_000;

export interface ReplayOptions {
  readonly reason?: string;
  readonly sitting?: readonly string[];
  readonly all?: true;
  readonly run?: true;
  readonly json?: true;
}

/** What a replay does or, in a dry run, would do. `outsideLookback` of the sittings are too old to be judged by any run. */
interface Replay {
  readonly dryRun: boolean;
  readonly sittings: number;
  readonly outsideLookback: number;
  /** Sittings asked for by id that are not held. */
  readonly notHeld: readonly number[];
}

export async function replayQuarantine(options: ReplayOptions): Promise<void> {
  const filter = parseFilter(options);
  const settings = loadSettings();
  const replayed = await forget(settings, filter);
  const goesOn = options.run === true && !replayed.dryRun && replayed.sittings > replayed.outsideLookback;
  if (options.json !== true) print(describeReplay(replayed, { goesOn }));
  const run = goesOn ? await startRun(settings) : undefined;
  if (options.json === true) {
    printJson({ ...replayed, ...(run === undefined ? {} : { run: run.result ?? null }) });
  } else if (run?.result !== undefined) print(describeRun(run.result));
  if (run?.failure !== undefined) throw run.failure;
}

async function forget(settings: Settings, filter: QuarantineFilter): Promise<Replay> {
  const clock = createSiteClock(settings.site.timezone);
  const isJudged = windowTest(settings);
  return withDatabase(settings, ({ orm }) =>
    orm.transaction(async (tx) => {
      const held = await listQuarantine(tx, { ...filter, limit: ALL });
      const ids = new Set(held.map(({ sittingId }) => sittingId));
      const notHeld = (filter.sittingIds ?? []).filter((id) => !ids.has(id));
      if (notHeld.length > 0 && held.length === 0) {
        throw new SluiceError(`no sitting of these is held: ${notHeld.join(', ')}`, {
          code: 'not_in_quarantine',
          hint: 'sluice quarantine list shows what is held.',
        });
      }
      if (!settings.dryRun) {
        const testedAt = await forgetVerdicts(tx, filter);
        await forgetHours(tx, [...new Set(testedAt.flatMap((at) => siteHours(at, clock)))]);
      }
      return {
        dryRun: settings.dryRun,
        sittings: held.length,
        outsideLookback: held.filter((row) => !isJudged(row.testedAt)).length,
        notHeld,
      };
    }),
  );
}

/**
 * The hour of the site's clock that a sitting is in, `YYYY-MM-DD HH`, and the one before: a time that a clock change
 * skipped was moved forward by the gap, so its row may still say the hour before.
 */
function siteHours(at: Date, clock: SiteClock): readonly string[] {
  const hour = clock.toNaive(at.getTime()).slice(0, 13);
  const before = new Date(Date.parse(`${hour.replace(' ', 'T')}:00:00Z`) - HOUR_MS).toISOString();
  return [hour, before.slice(0, 13).replace('T', ' ')];
}

async function startRun(settings: Settings): Promise<FunnelSyncRun> {
  return withTemporal(settings, (client) => {
    remark('funnelSync started; Ctrl-C leaves it running in Temporal');
    return runFunnelSync(client, { settings });
  });
}

function describeReplay(
  { dryRun, sittings, outsideLookback, notHeld }: Replay,
  { goesOn }: { readonly goesOn: boolean },
): string {
  if (sittings === 0) return 'nothing is held that would have to be judged again';
  const next = sittings - outsideLookback;
  return [
    dryRun
      ? `dry run: the next run would look at ${next} sittings again; nothing was written`
      : `the next run looks at ${next} sittings again`,
    ...(outsideLookback === 0
      ? []
      : [
          `${outsideLookback} lie outside SITE_LOOKBACK_DAYS: no run judges them, unless that setting is raised or --as-of is earlier`,
        ]),
    ...(notHeld.length === 0 ? [] : [`not held: ${notHeld.join(', ')}`]),
    ...(goesOn || next === 0
      ? []
      : [dryRun ? 'Do it with APP_DRY_RUN=false.' : 'Start one now: sluice run funnel-sync']),
  ].join('\n');
}

function parseFilter({ reason, sitting, all }: ReplayOptions): QuarantineFilter {
  if (reason === undefined && sitting === undefined && all === undefined) {
    throw new UsageError(
      'name what to replay: --reason REASON, --sitting ID … or --all',
      'sluice quarantine list shows what is held.',
    );
  }
  if (all === true && (reason !== undefined || sitting !== undefined)) {
    throw new UsageError('--all stands alone; leave out --reason and --sitting, or --all');
  }
  return {
    reason: parseReason(reason),
    sittingIds: sitting?.map((value) => parseNumber({ option: '--sitting', value })),
  };
}
