import { and, asc, desc, eq, isNull, lt, ne, or, sql } from 'drizzle-orm';
import { type ReportDefinition, reportHash } from '../domain/reports/definition.ts';
import type { Database, Executor } from './pool.ts';
import { reportDefinitions, reportVersions } from './schema-reports.ts';

type Row = typeof reportDefinitions.$inferSelect;

/** A report as it is stored: its row, and what its newest version says. */
export interface StoredReport extends Omit<Row, 'isActive'> {
  readonly isActive: boolean;
  readonly definition: ReportDefinition;
}

export interface ReportVersion {
  readonly reportId: string;
  readonly version: number;
  readonly definition: ReportDefinition;
  readonly hash: string;
  readonly createdBy: string;
  readonly createdAt: Date;
}

/** Also one that was deleted, which `deletedAt` tells. */
export async function findReport(db: Executor, id: string): Promise<StoredReport | undefined> {
  const [found] = await withDefinitions(db).where(eq(reportDefinitions.id, id));
  return found === undefined ? undefined : stored(found);
}

/** All that are not deleted, by id. */
export async function listReports(db: Executor): Promise<readonly StoredReport[]> {
  const rows = await withDefinitions(db)
    .where(isNull(reportDefinitions.deletedAt))
    .orderBy(asc(reportDefinitions.id));
  return rows.map(stored);
}

/** Those that own a schedule, by id: neither deleted nor inactive. */
export async function activeReports(db: Executor): Promise<readonly StoredReport[]> {
  const rows = await withDefinitions(db)
    .where(and(isNull(reportDefinitions.deletedAt), eq(reportDefinitions.isActive, 1)))
    .orderBy(asc(reportDefinitions.id));
  return rows.map(stored);
}

function withDefinitions(db: Executor) {
  return db
    .select({ row: reportDefinitions, definition: reportVersions.definition })
    .from(reportDefinitions)
    .innerJoin(
      reportVersions,
      and(
        eq(reportVersions.reportId, reportDefinitions.id),
        eq(reportVersions.version, reportDefinitions.version),
      ),
    );
}

function stored({ row, definition }: { readonly row: Row; readonly definition: string }): StoredReport {
  return {
    ...row,
    isActive: row.isActive === 1,
    definition: JSON.parse(definition) as ReportDefinition,
  };
}

/** Newest first. */
export async function reportVersionsOf(db: Executor, id: string): Promise<readonly ReportVersion[]> {
  const rows = await db
    .select()
    .from(reportVersions)
    .where(eq(reportVersions.reportId, id))
    .orderBy(desc(reportVersions.version));
  return rows.map(versionOf);
}

/** What a run of that version works with. */
export async function findReportVersion(
  db: Executor,
  { id, version }: { readonly id: string; readonly version: number },
): Promise<ReportVersion | undefined> {
  const [row] = await db
    .select()
    .from(reportVersions)
    .where(and(eq(reportVersions.reportId, id), eq(reportVersions.version, version)));
  return row === undefined ? undefined : versionOf(row);
}

function versionOf(row: typeof reportVersions.$inferSelect): ReportVersion {
  const { reportId, version, definition, hash, createdBy, createdAt } = row;
  const parsed = JSON.parse(definition) as ReportDefinition;
  return { reportId, version, definition: parsed, hash, createdBy, createdAt };
}

export interface ReportWrite {
  readonly definition: ReportDefinition;
  readonly isActive: boolean;
  /** Of one that is not active. */
  readonly inactiveReason: string | undefined;
  /** The version that the writer has seen; undefined: there was none, or a deleted one. */
  readonly basedOn: number | undefined;
  /** Name of the account. */
  readonly by: string;
  readonly now: Date;
}

export type ReportWritten =
  | { readonly outcome: 'created' | 'updated' | 'unchanged'; readonly version: number }
  /** Somebody else has written since `basedOn`; nothing was written. */
  | { readonly outcome: 'outrun'; readonly version: number | undefined };

/**
 * Writes a report and its new version, if it says anything new. Its schedule does not follow by itself: it is dirty until
 * `syncReport` has been there.
 */
export async function writeReport(database: Database, write: ReportWrite): Promise<ReportWritten> {
  const { definition, basedOn, by, now } = write;
  const { id, name } = definition;
  const hash = reportHash(definition);
  const state = {
    name,
    isActive: write.isActive ? 1 : 0,
    inactiveReason: write.isActive ? null : (write.inactiveReason ?? null),
    updatedAt: now,
    deletedAt: null,
  };
  return database.orm.transaction(async (tx) => {
    const seen = await lockRow(tx, id);
    const isThere = seen !== undefined && seen.deletedAt === null;
    if ((isThere ? seen.version : undefined) !== basedOn) {
      return { outcome: 'outrun', version: isThere ? seen.version : undefined };
    }
    const version = async (number: number) => {
      await tx.insert(reportVersions).values({
        reportId: id,
        version: number,
        definition: JSON.stringify(definition),
        hash,
        createdBy: by,
        createdAt: now,
      });
      return number;
    };
    if (seen === undefined) {
      const [{ affectedRows }] = await tx
        .insert(reportDefinitions)
        .values({ id, version: 1, changeNo: 1, createdAt: now, ...state })
        .onDuplicateKeyUpdate({ set: { id: sql`${reportDefinitions.id}` } });
      // Made by somebody else between the look and the insert, which nothing could lock.
      if (affectedRows !== 1) return { outcome: 'outrun', version: undefined };
      return { outcome: 'created', version: await version(1) };
    }
    const before = await findReportVersion(tx, { id, version: seen.version });
    const isNew = before?.hash !== hash || !isThere;
    const isSame = !isNew && seen.isActive === state.isActive && seen.inactiveReason === state.inactiveReason;
    if (isSame) return { outcome: 'unchanged', version: seen.version };
    const next = isNew ? await version(seen.version + 1) : seen.version;
    await tx
      .update(reportDefinitions)
      .set({ ...state, version: next, changeNo: seen.changeNo + 1 })
      .where(eq(reportDefinitions.id, id));
    return { outcome: isThere ? 'updated' : 'created', version: next };
  });
}

/** @returns false where it was so before. @throws Error for an id that is not there */
export async function setReportActive(
  database: Database,
  {
    id,
    isActive,
    reason,
    now,
  }: {
    readonly id: string;
    readonly isActive: boolean;
    /** Why it is not active. */
    readonly reason: string | undefined;
    readonly now: Date;
  },
): Promise<boolean> {
  return database.orm.transaction(async (tx) => {
    const seen = await lockRow(tx, id);
    if (seen === undefined || seen.deletedAt !== null) throw new Error(`there is no report ${id}`);
    const state = { isActive: isActive ? 1 : 0, inactiveReason: isActive ? null : (reason ?? null) };
    if (seen.isActive === state.isActive && seen.inactiveReason === state.inactiveReason) return false;
    await tx
      .update(reportDefinitions)
      .set({ ...state, updatedAt: now, changeNo: seen.changeNo + 1 })
      .where(eq(reportDefinitions.id, id));
    return seen.isActive !== state.isActive;
  });
}

/** Versions, runs and mails stay. @returns false where there was none. */
export async function deleteReport(
  database: Database,
  { id, now }: { readonly id: string; readonly now: Date },
): Promise<boolean> {
  const [{ affectedRows }] = await database.orm
    .update(reportDefinitions)
    .set({
      isActive: 0,
      deletedAt: now,
      updatedAt: now,
      changeNo: sql`${reportDefinitions.changeNo} + 1`,
    })
    .where(and(eq(reportDefinitions.id, id), isNull(reportDefinitions.deletedAt)));
  return affectedRows > 0;
}

async function lockRow(tx: Executor, id: string): Promise<Row | undefined> {
  const [row] = await tx.select().from(reportDefinitions).where(eq(reportDefinitions.id, id)).for('update');
  return row;
}

/**
 * Reports whose schedule may not be as their row says: those that were changed since, first, then those at which nobody
 * has looked for the longest time.
 * @param input.lookedBefore those that were last compared before this
 */
export async function reportsToSync(
  db: Executor,
  { lookedBefore, limit }: { readonly lookedBefore: Date; readonly limit: number },
): Promise<readonly string[]> {
  const isDirty = ne(reportDefinitions.changeNo, reportDefinitions.syncedChangeNo);
  const isStale = and(
    isNull(reportDefinitions.deletedAt),
    or(isNull(reportDefinitions.checkedAt), lt(reportDefinitions.checkedAt, lookedBefore)),
  );
  const rows = await db
    .select({ id: reportDefinitions.id })
    .from(reportDefinitions)
    .where(or(isDirty, isStale))
    .orderBy(sql`${isDirty} DESC`, asc(reportDefinitions.checkedAt))
    .limit(limit);
  return rows.map(({ id }) => id);
}

/**
 * Notes that the schedule is as the row says.
 * @returns false where the row has been changed since `changeNo`: then it is not.
 */
export async function noteReportSynced(
  db: Executor,
  {
    id,
    changeNo,
    pauseNote,
    now,
  }: {
    readonly id: string;
    readonly changeNo: number;
    /** The schedule's note, if it is paused. */
    readonly pauseNote: string | undefined;
    readonly now: Date;
  },
): Promise<boolean> {
  await db
    .update(reportDefinitions)
    .set({ syncedChangeNo: changeNo, checkedAt: now, syncError: null, pauseNote: pauseNote ?? null })
    .where(and(eq(reportDefinitions.id, id), eq(reportDefinitions.changeNo, changeNo)));
  const [row] = await db
    .select({ changeNo: reportDefinitions.changeNo })
    .from(reportDefinitions)
    .where(eq(reportDefinitions.id, id));
  return row?.changeNo === changeNo;
}

/** Notes what kept the schedule from being as the row says; it is tried again. */
export async function noteReportSyncTrouble(
  db: Executor,
  { id, code, now }: { readonly id: string; readonly code: string; readonly now: Date },
): Promise<void> {
  await db
    .update(reportDefinitions)
    .set({ syncError: code.slice(0, 64), syncedChangeNo: 0, checkedAt: now })
    .where(eq(reportDefinitions.id, id));
}
