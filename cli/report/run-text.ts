import type { ReportDelivery } from '../../db/report-deliveries.ts';
import type { ReportRun } from '../../db/report-runs.ts';
import { sizeWords } from '../../reports/files/file-links.ts';

/** Everything of a run as JSON. */
export function runJson(run: ReportRun, deliveries: readonly ReportDelivery[]) {
  return {
    run: run.id,
    report: run.reportId,
    version: run.version,
    state: run.state,
    trigger: run.trigger,
    asOf: run.asOf.toISOString(),
    workflowId: run.workflowId,
    rows: run.rowsWritten,
    rowsTotal: run.rowsTotal,
    truncated: run.truncated ?? null,
    bytes: run.bytes,
    queryMs: run.queryMs,
    fileMs: run.fileMs,
    files: run.artefacts,
    alert: run.alertState,
    error: run.errorCode === null ? null : { code: run.errorCode, message: run.error },
    createdAt: run.createdAt.toISOString(),
    settledAt: run.settledAt?.toISOString() ?? null,
    deliveries,
  };
}

/** A run in a few lines. */
export function describeRun(run: ReportRun, deliveries: readonly ReportDelivery[]): string {
  const rows = run.rowsWritten === null ? '' : `, ${run.rowsWritten.toLocaleString('en')} rows`;
  const cut = run.truncated === true ? ` of ${run.rowsTotal?.toLocaleString('en') ?? 'more'}` : '';
  const alert = run.alertState === null ? '' : `, condition: ${run.alertState}`;
  return [
    `run ${run.id} of ${run.reportId} as of ${run.asOf.toISOString()}: ${run.state}${rows}${cut}${alert}`,
    ...(run.error === null ? [] : [`  ${run.errorCode ?? 'error'}: ${run.error}`]),
    ...run.artefacts.map(
      ({ name, bytes, sha256 }) => `  ${name}  ${sizeWords(bytes)}  sha256 ${sha256.slice(0, 16)}…`,
    ),
    ...deliveries.map(
      ({ message, to, state, reason }) =>
        `  message ${message} to ${to}: ${state}${reason === null ? '' : ` (${reason})`}`,
    ),
  ].join('\n');
}
