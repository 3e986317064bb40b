import { userInfo } from 'node:os';
import type { Client } from '@temporalio/client';
import { loadSettings, type Settings } from '../../config.ts';
import type { Database } from '../../db/pool.ts';
import { findReport, listReports, type StoredReport } from '../../db/report-definitions.ts';
import { SluiceError, UsageError } from '../../domain/errors.ts';
import type { ReportConnection } from '../../domain/reports/connections.ts';
import { nearestIds } from '../../schedules/observe/nearest.ts';
import type { Owner } from '../../schedules/ownership.ts';
import { withDatabase, withTemporal } from '../context.ts';

/** What a command about reports works with. */
export interface ReportContext {
  readonly settings: Settings;
  readonly database: Database;
  readonly client: Client;
  readonly owner: Owner;
  readonly now: Date;
}

/** Runs a command's work with our database and Temporal, both of which have to be there before anything is asked or written. */
export async function withReports<T>(work: (context: ReportContext) => Promise<T>): Promise<T> {
  const settings = loadSettings();
  const { schedule, temporal } = settings;
  const owner: Owner = { profile: schedule.profile, taskQueue: temporal.taskQueue };
  return withDatabase(settings, (database) =>
    withTemporal(settings, (client) => work({ settings, database, client, owner, now: new Date() })),
  );
}

/** @throws UsageError for an id that is not there, naming those that were probably meant. */
export async function reportNamed(
  { database }: Pick<ReportContext, 'database'>,
  id: string,
): Promise<StoredReport> {
  const found = await findReport(database.orm, id);
  if (found !== undefined && found.deletedAt === null) return found;
  const nearest = nearestIds(
    id,
    (await listReports(database.orm)).map((report) => report.id),
  );
  throw new UsageError(
    `there is no report "${id}"`,
    nearest.length === 0
      ? 'sluice report list shows them.'
      : `Did you mean ${nearest.join(', ')}? sluice report list shows all.`,
  );
}

/** @throws UsageError for a name that REPORT_CONNECTIONS does not have. */
export function connectionNamed({ reportConnections }: Settings, name: string): ReportConnection {
  const found = reportConnections.find((connection) => connection.name === name);
  if (found !== undefined) return found;
  const known = reportConnections.map((connection) => connection.name).join(', ');
  throw new UsageError(
    `there is no connection "${name}"`,
    known === '' ? 'REPORT_CONNECTIONS names none (docs/reports.md).' : `REPORT_CONNECTIONS has ${known}.`,
  );
}

/** Who writes: the account of the operating system. */
export function author(): string {
  try {
    return userInfo().username;
  } catch {
    // A container may run as a user that has no name.
    return `uid ${process.getuid?.() ?? '?'}`;
  }
}

/** What a person reads of an error among other lines. */
export function troubleText(error: unknown): string {
  if (!(error instanceof SluiceError)) throw error;
  return error.hint === undefined ? error.message : `${error.message}. ${error.hint}`;
}
