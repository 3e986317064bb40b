import { and, desc, eq, inArray, sql } from 'drizzle-orm';
import type { ReportDefinition } from '../domain/reports/definition.ts';
import type {
  AlertState,
  ReportRunState,
  ReportTrigger,
  RunArtefact,
  RunBody,
  RunRequest,
} from '../domain/reports/run.ts';
import { keepArtefacts } from './artefacts.ts';
import type { Database, Executor } from './pool.ts';
import { findReportVersion } from './report-definitions.ts';
import { reportDefinitions, reportRuns, reportVersions } from './schema-reports.ts';

type Row = typeof reportRuns.$inferSelect;

/** A run with what it works by. */
export interface ReportRun extends Omit<Row, 'request' | 'artefacts' | 'body' | 'truncated'> {
  readonly definition: ReportDefinition;
  readonly request: RunRequest;
  readonly truncated: boolean | undefined;
  readonly artefacts: readonly RunArtefact[];
  readonly body: RunBody | undefined;
}

export interface NewRun {
  /** The same slot, request or name is one run. */
  readonly runKey: string;
  readonly reportId: string;
  /** Logical time. */
  readonly asOf: Date;
  readonly trigger: ReportTrigger;
  readonly request: RunRequest;
  /** Undefined: it is made of the run's number. */
  readonly workflowId?: string;
  readonly now: Date;
}

export type RunBegun =
  | { readonly outcome: 'new' | 'known'; readonly run: ReportRun }
  | { readonly outcome: 'missing' }
  /** Whoever runs it by hand does not mind. */
  | { readonly outcome: 'inactive' };

/** The workflow of a run that no schedule has started. */
function reportWorkflowId(runId: number): string {
  return `query-report/${runId}`;
}

/** Ends after which nobody has got anything, and the same slot may be worked again by another run. */
const NOBODY_TOLD: readonly string[] = ['dry_run', 'mail_not_set_up'];

/**
 * Writes a run down, once by its key, with the version that its report has now. The key of a slot that failed, was
 * cancelled or ran dry is free again: whoever backfills it wants it done.
 */
export async function beginRun(database: Database, begun: NewRun): Promise<RunBegun> {
  const { runKey, reportId, asOf, trigger, request, workflowId, now } = begun;
  return database.orm.transaction(async (tx) => {
    // Held by one beginner at a time; only then is a look for the key sure to see what another has just written.
    const [report] = await tx
      .select()
      .from(reportDefinitions)
      .where(eq(reportDefinitions.id, reportId))
      .for('update');
    const [known] = await tx.select().from(reportRuns).where(eq(reportRuns.runKey, runKey));
    const isFree = known !== undefined && trigger === 'schedule' && hasComeToNothing(known);
    if (known !== undefined && !isFree) return { outcome: 'known', run: await runOf(tx, known.id) };
    if (report === undefined || report.deletedAt !== null) return { outcome: 'missing' };
    if (trigger !== 'manual' && report.isActive === 0) return { outcome: 'inactive' };
    if (known !== undefined) {
      await tx
        .update(reportRuns)
        .set({ runKey: `${runKey}#${known.id}` })
        .where(eq(reportRuns.id, known.id));
    }
    const [{ insertId }] = await tx.insert(reportRuns).values({
      runKey,
      reportId,
      version: report.version,
      asOf,
      trigger,
      state: 'accepted',
      workflowId: workflowId ?? '',
      request: JSON.stringify(request),
      createdAt: now,
    });
    if (workflowId === undefined) {
      await tx
        .update(reportRuns)
        .set({ workflowId: reportWorkflowId(insertId) })
        .where(eq(reportRuns.id, insertId));
    }
    return { outcome: 'new', run: await runOf(tx, insertId) };
  });
}

function hasComeToNothing({ state, settledAt, errorCode }: Row): boolean {
  if (settledAt === null) return false;
  return state === 'failed' || state === 'cancelled' || NOBODY_TOLD.includes(errorCode ?? '');
}

export async function findRun(db: Executor, id: number): Promise<ReportRun | undefined> {
  const [row] = await db.select().from(reportRuns).where(eq(reportRuns.id, id));
  if (row === undefined) return undefined;
  const version = await findReportVersion(db, { id: row.reportId, version: row.version });
  if (version === undefined) throw new Error(`version ${row.version} of report ${row.reportId} is not there`);
  return readRun(row, version.definition);
}

/** @throws Error where there is none */
export async function runOf(db: Executor, id: number): Promise<ReportRun> {
  const run = await findRun(db, id);
  if (run === undefined) throw new Error(`run ${id} is not there`);
  return run;
}

/** Runs of a report, or of all, newest first. */
export async function listRuns(
  db: Executor,
  { reportId, limit }: { readonly reportId: string | undefined; readonly limit: number },
): Promise<readonly ReportRun[]> {
  const rows = await db
    .select({ row: reportRuns, definition: reportVersions.definition })
    .from(reportRuns)
    .innerJoin(
      reportVersions,
      and(eq(reportVersions.reportId, reportRuns.reportId), eq(reportVersions.version, reportRuns.version)),
    )
    .where(reportId === undefined ? undefined : eq(reportRuns.reportId, reportId))
    .orderBy(desc(reportRuns.id))
    .limit(limit);
  return rows.map(({ row, definition }) => readRun(row, JSON.parse(definition) as ReportDefinition));
}

function readRun(
  { request, artefacts, body, truncated, ...row }: Row,
  definition: ReportDefinition,
): ReportRun {
  return {
    ...row,
    definition,
    request: JSON.parse(request) as RunRequest,
    truncated: truncated === null ? undefined : truncated === 1,
    artefacts: artefactsOf(artefacts),
    body: body === null ? undefined : (JSON.parse(body) as RunBody),
  };
}

/** A workflow has it in hand: its query runs, or waits for its turn. */
export async function noteQuerying(db: Executor, id: number): Promise<void> {
  await db
    .update(reportRuns)
    .set({ state: 'querying' })
    .where(and(eq(reportRuns.id, id), eq(reportRuns.state, 'accepted')));
}

export interface RunProduct {
  readonly rowsWritten: number;
  readonly rowsTotal: number | undefined;
  readonly truncated: boolean;
  readonly bytes: number;
  readonly queryMs: number;
  readonly fileMs: number;
  readonly resultDigest: string;
  readonly artefacts: readonly RunArtefact[];
  readonly body: RunBody;
  readonly alertState: AlertState | undefined;
}

/**
 * Notes what a run has made, once: of two workers that made it, because one was believed dead, the first counts. Its files
 * live as long as the run from now on.
 * @param keepUntil when they expire
 * @returns whether this one was it.
 */
export async function noteProduct(
  database: Database,
  id: number,
  { product, keepUntil }: { readonly product: RunProduct; readonly keepUntil: Date },
): Promise<boolean> {
  const { rowsTotal, truncated, artefacts, body, alertState, ...columns } = product;
  return database.orm.transaction(async (tx) => {
    const [{ affectedRows }] = await tx
      .update(reportRuns)
      .set({
        ...columns,
        rowsTotal: rowsTotal ?? null,
        truncated: truncated ? 1 : 0,
        artefacts: JSON.stringify(artefacts),
        body: JSON.stringify(body),
        alertState: alertState ?? null,
        state: 'delivering',
      })
      .where(and(eq(reportRuns.id, id), inArray(reportRuns.state, ['accepted', 'querying'])));
    if (affectedRows === 1) await keepArtefacts(tx, { ids: artefacts.map(idOf), until: keepUntil });
    return affectedRows === 1;
  });
}

/** Notes a file that is added to a run whose files are made. @returns it, or the one of its format that was there before. */
export async function noteArtefact(
  database: Database,
  id: number,
  { artefact, keepUntil }: { readonly artefact: RunArtefact; readonly keepUntil: Date },
): Promise<RunArtefact> {
  return database.orm.transaction(async (tx) => {
    const [row] = await tx
      .select({ artefacts: reportRuns.artefacts })
      .from(reportRuns)
      .where(eq(reportRuns.id, id))
      .for('update');
    const before = artefactsOf(row?.artefacts ?? null);
    const known = before.find(({ format }) => format === artefact.format);
    if (known !== undefined) return known;
    await tx
      .update(reportRuns)
      .set({ artefacts: JSON.stringify([...before, artefact]) })
      .where(eq(reportRuns.id, id));
    await keepArtefacts(tx, { ids: [artefact.artefactId], until: keepUntil });
    return artefact;
  });
}

function idOf({ artefactId }: RunArtefact): number {
  return artefactId;
}

function artefactsOf(text: string | null): readonly RunArtefact[] {
  return text === null ? [] : (JSON.parse(text) as readonly RunArtefact[]);
}

export interface RunEnd {
  readonly state: Extract<ReportRunState, 'delivered' | 'skipped' | 'undelivered' | 'failed' | 'cancelled'>;
  readonly errorCode: string | undefined;
  /** What the owner is told; no values of rows, no URL. */
  readonly error: string | undefined;
  readonly now: Date;
}

/** How its report stands after a run. */
export interface Streak {
  /** Failed runs in a row, this one included; undefined where this one does not count. */
  readonly failures: number | undefined;
}

/**
 * Ends a run and counts it with its report, once however often it is called.
 * @returns how the report stands; undefined where the run was counted before.
 */
export async function endRun(database: Database, id: number, end: RunEnd): Promise<Streak | undefined> {
  const { state, errorCode, error, now } = end;
  return database.orm.transaction(async (tx) => {
    const [run] = await tx.select().from(reportRuns).where(eq(reportRuns.id, id)).for('update');
    if (run === undefined) throw new Error(`run ${id} is not there`);
    if (run.settledAt !== null) return undefined;
    await tx
      .update(reportRuns)
      .set({
        state,
        errorCode: errorCode ?? run.errorCode,
        error: error ?? run.error,
        settledAt: now,
        // What nobody was told of is news to the next run.
        ...(state === 'cancelled' || NOBODY_TOLD.includes(errorCode ?? '') ? { alertState: null } : {}),
      })
      .where(eq(reportRuns.id, id));
    const hasFailed = state === 'failed';
    const [report] = await tx
      .select({ streak: reportDefinitions.failureStreak })
      .from(reportDefinitions)
      .where(eq(reportDefinitions.id, run.reportId))
      .for('update');
    const failures = hasFailed ? (report?.streak ?? 0) + 1 : 0;
    await tx
      .update(reportDefinitions)
      .set({
        lastRunAt: now,
        runCount: sql`${reportDefinitions.runCount} + 1`,
        // One that was called off, or that somebody tried out, says nothing of the report.
        ...(state === 'cancelled' || isTrial(run)
          ? {}
          : {
              errorCount: sql`${reportDefinitions.errorCount} + ${hasFailed ? 1 : 0}`,
              lastError: hasFailed ? (errorCode ?? null) : null,
              failureStreak: failures,
            }),
      })
      .where(eq(reportDefinitions.id, run.reportId));
    return { failures: isTrial(run) ? undefined : failures };
  });
}

/** For somebody who wants to see it. */
function isTrial({ request }: Row): boolean {
  return (JSON.parse(request) as RunRequest).recipients !== undefined;
}

/** All mails of a run are out after all. */
export async function noteResent(db: Executor, id: number): Promise<void> {
  await db
    .update(reportRuns)
    .set({ state: 'delivered', errorCode: null, error: null })
    .where(and(eq(reportRuns.id, id), eq(reportRuns.state, 'undelivered')));
}
