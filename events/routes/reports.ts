import type { FastifyInstance } from 'fastify';
import type { z } from 'zod';
import { findRun, type ReportRun } from '../../db/report-runs.ts';
import type { RouteDeps } from '../deps.ts';
import { ProblemError, problem } from '../problem.ts';
import { reportRunRequest } from '../report-run-request.ts';
import { askForRun, isRequestTrouble } from '../report-runs.ts';
import { webhookKey } from '../standard-webhooks.ts';
import { bytesOf, parseJson, requireJson } from './body.ts';
import { verified } from './signature.ts';

interface Address {
  readonly id: string;
  readonly run: string;
}

/**
 * POST /v1/reports/{id}/runs starts a report, once for each `webhook-id`; GET /v1/reports/{id}/runs/{run} says how far it
 * is. Both are signed like events.
 */
export async function reportRoutes(app: FastifyInstance, deps: RouteDeps): Promise<void> {
  const keys = deps.secrets.events.map(webhookKey);

  app.post<{ Params: Address }>('/v1/reports/:id/runs', async (request, reply) => {
    const webhookId = verified(request, { keys, now: new Date() });
    const body = bytesOf(request.body);
    if (body.length > 0) await requireJson(request);
    const asked = read(body.length === 0 ? {} : parseJson(body));
    const { id: reportId } = request.params;
    const answer = await guarded(() =>
      askForRun(deps.database, {
        reportId,
        webhookId,
        asOf: asked.as_of === undefined ? undefined : new Date(asked.as_of),
        parameters: asked.parameters,
      }),
    );
    if (answer.outcome === 'missing') throw unknownReport();
    if (answer.outcome === 'inactive') {
      throw refused(409, 'report_inactive', 'the report is disabled');
    }
    if (answer.outcome === 'conflict') {
      throw refused(409, 'run_conflict', 'another request with this webhook-id was accepted before');
    }
    const { run } = answer;
    if (run.state === 'accepted') deps.startRun(run);
    return reply
      .code(202)
      .header('location', addressOf(run))
      .send({ run: told(run), duplicate: answer.outcome === 'known' });
  });

  app.get<{ Params: Address }>('/v1/reports/:id/runs/:run', async (request, reply) => {
    verified(request, { keys, now: new Date() });
    const { id, run: number } = request.params;
    const run = /^\d{1,15}$/.test(number) ? await findRun(deps.database.orm, Number(number)) : undefined;
    if (run === undefined || run.reportId !== id) throw unknownReport();
    return reply.header('cache-control', 'no-store').send({ run: told(run) });
  });
}

/** @throws ProblemError 422 */
function read(body: unknown): z.output<typeof reportRunRequest> {
  const parsed = reportRunRequest.safeParse(body);
  if (parsed.success) return parsed.data;
  const errors = parsed.error.issues.map(({ path, message }) => ({
    field: path.length === 0 ? 'body' : path.join('.'),
    message,
  }));
  const detail = errors.map(({ field, message }) => `${field} ${message}`).join('; ');
  throw new ProblemError(problem({ status: 422, code: 'run_invalid', detail, errors }));
}

async function guarded<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (isRequestTrouble(error)) throw refused(422, error.code, error.message);
    throw error;
  }
}

function refused(status: 409 | 422, code: string, detail: string): ProblemError {
  return new ProblemError(problem({ status, code, detail }));
}

function unknownReport(): ProblemError {
  return new ProblemError(
    problem({ status: 404, code: 'not_found', detail: 'there is no such report or run' }),
  );
}

function addressOf({ id, reportId }: ReportRun): string {
  return `/v1/reports/${reportId}/runs/${id}`;
}

/** Numbers, words and times; no rows and no addresses of people. */
function told(run: ReportRun) {
  return {
    id: run.id,
    report: run.reportId,
    version: run.version,
    state: run.state,
    as_of: run.asOf.toISOString(),
    created_at: run.createdAt.toISOString(),
    settled_at: run.settledAt?.toISOString() ?? null,
    rows: run.rowsWritten,
    truncated: run.truncated ?? null,
    files: run.artefacts.map(({ name, format, bytes, sha256 }) => ({ name, format, bytes, sha256 })),
    alert: run.alertState,
    error: run.errorCode === null ? null : { code: run.errorCode, message: run.error },
    url: addressOf(run),
  };
}
