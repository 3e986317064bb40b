import type { z } from 'zod';
import { REPORT_RUN_STATES } from '../domain/reports/run.ts';
import { reportRunRequest } from './report-run-request.ts';

type Schema = Readonly<Record<string, unknown>>;

/** What the contract of the gateway is made of (openapi.ts). */
interface Parts {
  readonly ref: (name: string) => Schema;
  readonly json: (schema: Schema, example?: unknown) => Schema;
  readonly problems: (statuses: Readonly<Record<number, string>>) => Schema;
  readonly signatureHeader: (name: string, description: string) => Schema;
}

const inPath = (name: string, description: string) => ({
  name,
  in: 'path',
  required: true,
  description,
  schema: { type: 'string' },
});

const EXAMPLE = { parameters: { country: 'Germany', from: { from: 'startOfLastMonth' } } };

/** The addresses at which runs of reports are asked for. */
export function reportPaths({ ref, json, problems, signatureHeader }: Parts) {
  const report = inPath('id', 'Id of a report.');
  const signed = [
    signatureHeader('webhook-id', 'Id of the request; the same one is one run.'),
    signatureHeader('webhook-timestamp', 'Seconds since 1970, at most 5 minutes off.'),
    signatureHeader('webhook-signature', 'v1,<base64 of HMAC-SHA256 over id.timestamp.body>'),
  ];
  const told = (more: Schema, required: readonly string[]) =>
    json({ type: 'object', required: ['run', ...required], properties: { run: ref('ReportRun'), ...more } });
  return {
    '/v1/reports/{id}/runs': {
      post: {
        operationId: 'startReportRun',
        summary: 'Run a query report and mail it',
        description: 'Signed like events. Send the same again with the same id whenever no answer arrived.',
        parameters: [report, ...signed],
        requestBody: { required: false, content: json(ref('ReportRunRequest'), EXAMPLE) },
        responses: {
          202: {
            description: 'Durable; it runs as soon as it can',
            headers: { Location: { description: 'Where its state is.', schema: { type: 'string' } } },
            content: told({ duplicate: { type: 'boolean' } }, ['duplicate']),
          },
          ...problems({
            400: 'Not JSON',
            401: 'Signature missing or wrong, or the timestamp is off',
            404: 'No such report',
            409: 'The report is disabled, or another request with this id was accepted before',
            413: 'More than 256 KiB',
            415: 'Not application/json',
            422: 'Parameters are wrong; all are named',
            503: 'It could not be made durable',
          }),
        },
      },
    },
    '/v1/reports/{id}/runs/{run}': {
      get: {
        operationId: 'showReportRun',
        summary: 'How far a run is',
        parameters: [report, inPath('run', 'Its number.'), ...signed],
        responses: {
          200: { description: 'The run', content: told({}, []) },
          ...problems({ 401: 'Signature missing or wrong', 404: 'No such run of this report' }),
        },
      },
    },
  };
}

/** @param schemaOf the schema of a body, from that by which it is checked */
export function reportSchemas(schemaOf: (schema: z.ZodType) => Schema) {
  const time = { type: 'string', format: 'date-time' };
  return {
    ReportRunRequest: schemaOf(reportRunRequest),
    ReportRun: {
      type: 'object',
      required: ['id', 'report', 'version', 'state', 'as_of', 'created_at', 'files', 'url'],
      properties: {
        id: { type: 'integer' },
        report: { type: 'string' },
        version: { type: 'integer' },
        state: { enum: REPORT_RUN_STATES },
        as_of: { ...time, description: 'Logical time: dynamic dates count from here.' },
        created_at: time,
        settled_at: { type: ['string', 'null'], format: 'date-time' },
        rows: { type: ['integer', 'null'], description: 'Rows in its files.' },
        truncated: { type: ['boolean', 'null'] },
        files: {
          type: 'array',
          items: {
            type: 'object',
            required: ['name', 'format', 'bytes', 'sha256'],
            properties: {
              name: { type: 'string' },
              format: { type: 'string' },
              bytes: { type: 'integer' },
              sha256: { type: 'string' },
            },
          },
        },
        alert: { type: ['string', 'null'], description: 'What its condition came to.' },
        error: {
          type: ['object', 'null'],
          properties: { code: { type: 'string' }, message: { type: ['string', 'null'] } },
        },
        url: { type: 'string' },
      },
    },
  };
}
