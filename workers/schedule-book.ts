import type { Executor } from '../db/pool.ts';
import { activeReports, findReport, type StoredReport } from '../db/report-definitions.ts';
import { reportScheduleId } from '../domain/reports/definition.ts';
import type { Owner } from '../schedules/ownership.ts';
import { reportSchedule } from '../schedules/report-schedule.ts';
import type { ResolvedSchedule } from '../schedules/resolved.ts';

/** All schedules of an installation, from wherever they are declared; reports as they are at the moment of asking. */
export interface ScheduleBook {
  readonly all: () => Promise<readonly ResolvedSchedule[]>;
  /** The catalogue, and the report that the id is of, if it is. */
  readonly around: (id: string) => Promise<readonly ResolvedSchedule[]>;
}

/** What a schedule says is worked out anew only when its report has a new version. */
export function createScheduleBook({
  db,
  catalogue,
  owner,
}: {
  readonly db: Executor;
  readonly catalogue: readonly ResolvedSchedule[];
  readonly owner: Owner;
}): ScheduleBook {
  const declared = new Set(catalogue.map(({ id }) => id));
  let known = new Map<string, { readonly version: number; readonly schedule: ResolvedSchedule }>();

  const scheduleOf = (report: StoredReport): ResolvedSchedule | undefined => {
    const { id, version, definition } = report;
    const before = known.get(id);
    if (before?.version === version) return before.schedule;
    const schedule = usable(() => reportSchedule(definition, { ...owner, now: new Date() }));
    if (schedule === undefined || declared.has(schedule.id)) return undefined;
    known.set(id, { version, schedule });
    return schedule;
  };

  return {
    async all() {
      const reports = await activeReports(db);
      const ids = new Set(reports.map(({ id }) => id));
      known = new Map([...known].filter(([id]) => ids.has(id)));
      return [...catalogue, ...reports.flatMap((report) => scheduleOf(report) ?? [])];
    },
    async around(scheduleId) {
      const reportId = reportIdOf(scheduleId, owner);
      if (reportId === undefined || declared.has(scheduleId)) return catalogue;
      const report = await findReport(db, reportId);
      // A run of one that was made inactive meanwhile still belongs to it.
      const schedule = report === undefined ? undefined : scheduleOf(report);
      return schedule === undefined ? catalogue : [...catalogue, schedule];
    },
  };
}

/** A stored rule that cannot be read any more is for `syncReport` to tell of. */
function usable(make: () => ResolvedSchedule): ResolvedSchedule | undefined {
  try {
    return make();
  } catch {
    return undefined;
  }
}

function reportIdOf(scheduleId: string, { profile }: Owner): string | undefined {
  const prefix = `${profile === 'development' ? 'dev-' : ''}${reportScheduleId('')}`;
  return scheduleId.startsWith(prefix) ? scheduleId.slice(prefix.length) : undefined;
}
