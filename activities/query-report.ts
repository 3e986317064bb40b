import { Context } from '@temporalio/activity';
import { deleteArtefacts } from '../db/artefacts.ts';
import type { Database } from '../db/pool.ts';
import { judgedBefore } from '../db/report-alerts.ts';
import {
  beginRun,
  endRun,
  findRun,
  type NewRun,
  noteProduct,
  noteQuerying,
  type ReportRun,
  type RunProduct,
  runOf,
} from '../db/report-runs.ts';
import type { Source } from '../db/sources/source.ts';
import { type Judgement, judge } from '../domain/reports/alert.ts';
import { type ReportTrigger, type RunMail, runKeptUntil } from '../domain/reports/run.ts';
import { makeReportFiles, type ReportFiles } from './query-report-files.ts';
import { keepAsArtefact } from './report-artefacts.ts';

export interface QueryReportDeps {
  readonly database: Database;
  readonly reportTaskQueue: string;
  /** @throws SluiceError `connection_unknown`, sort `item` */
  readonly openConnection: (name: string) => Source;
  /** Milliseconds of a span such as `12h`. */
  readonly spanMs: (text: string) => number;
  readonly now?: () => Date;
}

/** What a schedule starts names the report and its slot; everything else has written its run down before. */
export type BeginRequest =
  | { readonly runId: number }
  | {
      readonly reportId: string;
      readonly runKey: string;
      readonly trigger: ReportTrigger;
      /** Logical time, ISO 8601 UTC. */
      readonly asOf: string;
      readonly workflowId: string;
    };

export type Begun =
  | {
      readonly state: 'begun';
      readonly runId: number;
      readonly reportId: string;
      readonly timeoutSeconds: number;
      /** Where queries run. */
      readonly reportTaskQueue: string;
    }
  /** `ended`: this run was done before. */
  | { readonly state: 'missing' | 'inactive' | 'ended' };

/** Numbers and words only. */
export interface Produced {
  readonly rows: number;
  readonly files: number;
  readonly bytes: number;
  readonly mail: RunMail;
}

export interface EndRequest {
  readonly runId: number;
  readonly state: 'delivered' | 'skipped' | 'undelivered' | 'failed' | 'cancelled';
  readonly errorCode?: string;
  readonly error?: string;
}

const LONGEST_ERROR = 1_000;

export function createQueryReportActivities({
  database,
  reportTaskQueue,
  openConnection,
  spanMs,
  now = () => new Date(),
}: QueryReportDeps) {
  const db = database.orm;

  return {
    /** Finds or writes down the run that a workflow is about. */
    async beginReportRun(request: BeginRequest): Promise<Begun> {
      const run = 'runId' in request ? await findRun(db, request.runId) : await begin(request);
      if (run === undefined || typeof run === 'string') return { state: run ?? 'missing' };
      if (run.settledAt !== null) return { state: 'ended' };
      await noteQuerying(db, run.id);
      const { id: runId, reportId, definition } = run;
      const { timeoutSeconds } = definition;
      return { state: 'begun', runId, reportId, timeoutSeconds, reportTaskQueue };
    },

    /**
     * Runs the query, stores the files and judges the condition. A run that has made its files is not queried again:
     * whatever fails later works with what is stored.
     * @throws SluiceError of the source and of the writers
     */
    async produceReport({ runId }: { readonly runId: number }): Promise<Produced> {
      const run = await runOf(db, runId);
      if (run.body !== undefined) return producedOf(run);
      const { definition, request, asOf } = run;
      const at = now();
      const files = await makeReportFiles({
        definition,
        request,
        asOf,
        now: at,
        source: openConnection(definition.connection),
        signal: Context.current().cancellationSignal,
        keep: keepAsArtefact({ database, now: at }),
      });
      const ids = files.artefacts.map(({ artefactId }) => artefactId);
      const isFirst = await noteProduct(database, runId, {
        product: await productOf(run, files),
        keepUntil: runKeptUntil(run),
      });
      // Another worker was quicker, which had been believed dead, or the run was ended from outside.
      if (!isFirst) await deleteArtefacts(db, ids);
      return producedOf(await runOf(db, runId));
    },

    /**
     * Ends a run and counts it with its report, once.
     * @returns how many runs of the report have failed in a row; undefined where this one does not count, or was counted
     *   before.
     */
    async endReportRun({ runId, state, errorCode, error }: EndRequest): Promise<number | undefined> {
      const streak = await endRun(database, runId, {
        state,
        errorCode,
        error: error?.slice(0, LONGEST_ERROR),
        now: now(),
      });
      return streak?.failures;
    },
  };

  async function begin({
    asOf,
    ...request
  }: Exclude<BeginRequest, { readonly runId: number }>): Promise<ReportRun | 'missing' | 'inactive'> {
    const wanted: NewRun = { ...request, asOf: new Date(asOf), request: {}, now: now() };
    const begun = await beginRun(database, wanted);
    return 'run' in begun ? begun.run : begun.outcome;
  }

  async function productOf(run: ReportRun, files: ReportFiles): Promise<RunProduct> {
    const judgement = await judged(run, files);
    const { rowsWritten, rowsTotal, truncated, artefacts, queryMs, fileMs, observed, parameters } = files;
    const { html, text, chart } = files.body;
    return {
      rowsWritten,
      rowsTotal,
      truncated,
      artefacts,
      queryMs,
      fileMs,
      bytes: artefacts.reduce((total, { bytes }) => total + bytes, 0),
      resultDigest: observed.digest,
      alertState: judgement?.alertState,
      body: {
        mail: mailOf(run, { files, judgement }),
        html,
        text,
        ...(chart === undefined ? {} : { chart }),
        parameters,
      },
    };
  }

  /** Undefined where there is nothing to be judged: no condition, or a run for somebody who wants to see it. */
  async function judged(run: ReportRun, { observed }: ReportFiles): Promise<Judgement | undefined> {
    const { condition } = run.definition;
    if (condition === undefined || run.request.recipients !== undefined) return undefined;
    const { rearmAfter } = condition;
    return judge({
      condition,
      observed,
      before: await judgedBefore(db, run),
      asOf: run.asOf,
      rearmMs: rearmAfter === undefined ? undefined : spanMs(rearmAfter),
    });
  }
}

export type QueryReportActivities = ReturnType<typeof createQueryReportActivities>;

function mailOf(
  { definition, request }: ReportRun,
  {
    files: { observed },
    judgement,
  }: { readonly files: ReportFiles; readonly judgement: Judgement | undefined },
): RunMail {
  if (judgement !== undefined) return judgement.tells === 'nothing' ? 'none' : judgement.tells;
  if (observed.rowCount > 0 || request.recipients !== undefined) return 'report';
  return ({ send: 'report', skip: 'none', notice: 'notice' } as const)[definition.onEmpty];
}

function producedOf({ body, rowsWritten, bytes, artefacts }: ReportRun): Produced {
  return { rows: rowsWritten ?? 0, files: artefacts.length, bytes: bytes ?? 0, mail: body?.mail ?? 'none' };
}
