import type { StoredReport } from '../../db/report-definitions.ts';
import { mapBounded } from '../../schedules/bounded.ts';
import { compare } from '../../schedules/compare.ts';
import { isFinished, isOurs } from '../../schedules/plan.ts';
import { reportSchedule } from '../../schedules/report-schedule.ts';
import type { ResolvedSchedule } from '../../schedules/resolved.ts';
import { describeSchedule, type ServerSchedule } from '../../schedules/server/describe.ts';
import { scheduleIdOf } from '../../workers/report-sync.ts';
import type { ReportContext } from './context.ts';

/** A report as it is, in our database and in Temporal. */
export interface ReportLook {
  readonly report: StoredReport;
  /** Undefined: what is stored can no longer be read as a rule. */
  readonly schedule: ResolvedSchedule | undefined;
  readonly state: 'active' | 'paused' | 'inactive' | 'finished' | 'not in line';
  /** Why it is paused, inactive or not in line. */
  readonly reason: string | undefined;
  /** When Temporal starts it next; none while it is paused. */
  readonly next: readonly Date[];
}

const AT_ONCE = 16;
const SHOWN = 5;
/** How the ledger of runs begins its note. */
const BY_ITSELF = /^paused after \d+ failed runs? in a row/;

/** Looks at reports and at their schedules, in their order. */
export function lookAtReports(
  context: Pick<ReportContext, 'client' | 'owner' | 'now'>,
  reports: readonly StoredReport[],
): Promise<readonly ReportLook[]> {
  return mapBounded(reports, { atOnce: AT_ONCE, work: (report) => lookAt(context, report) });
}

async function lookAt(
  { client, owner, now }: Pick<ReportContext, 'client' | 'owner' | 'now'>,
  report: StoredReport,
): Promise<ReportLook> {
  const { id, definition, isActive, inactiveReason } = report;
  const schedule = readable(() => reportSchedule(definition, { ...owner, now }));
  const shared = { report, schedule, next: [] };
  if (!isActive) return { ...shared, state: 'inactive', reason: inactiveReason ?? undefined };
  const held = await describeSchedule(client, scheduleIdOf(id, owner));
  const isTheirs = held !== undefined && isOurs(held, { ...owner, declaredIn: 'reports' });
  if (schedule === undefined) return { ...shared, state: 'not in line', reason: 'its rule cannot be read' };
  if (held === undefined && isFinished(schedule, { now }))
    return { ...shared, state: 'finished', reason: undefined };
  const trouble = troubleOf(report, { held: isTheirs ? held : undefined, schedule, now });
  if (trouble !== undefined || held === undefined) {
    return { ...shared, state: 'not in line', reason: trouble };
  }
  if (held.paused) {
    const note = BY_ITSELF.test(held.note) ? held.note : `by hand: ${held.note}`;
    return { ...shared, state: 'paused', reason: note };
  }
  const next = held.info.nextTimes.filter((at) => at > now).slice(0, SHOWN);
  if (next.length === 0 && isFinished(schedule, { now })) {
    return { ...shared, state: 'finished', reason: undefined };
  }
  return { ...shared, state: 'active', reason: undefined, next };
}

function troubleOf(
  { syncError }: StoredReport,
  {
    held,
    schedule,
    now,
  }: { readonly held: ServerSchedule | undefined; readonly schedule: ResolvedSchedule; readonly now: Date },
): string | undefined {
  if (syncError !== null) return syncError.replaceAll('_', ' ');
  if (held === undefined) return 'it has no schedule in Temporal';
  const { changes } = compare(schedule, { held, now });
  const fields = changes.filter(({ field }) => field !== 'horizon').map(({ field }) => field);
  return fields.length === 0 ? undefined : `its schedule differs: ${fields.join(', ')}`;
}

function readable(make: () => ResolvedSchedule): ResolvedSchedule | undefined {
  try {
    return make();
  } catch {
    return undefined;
  }
}
