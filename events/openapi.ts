import { z } from 'zod';
import { EVENT_TYPES, OWN_TYPES } from './event-types.ts';
import { PROBLEM_TYPE } from './problem.ts';
import { envelope, MOST_EVENTS } from './read-event.ts';
import { reportPaths, reportSchemas } from './report-openapi.ts';

type Schema = Readonly<Record<string, unknown>>;

const ref = (name: string) => ({ $ref: `#/components/schemas/${name}` });
const json = (schema: Schema, example?: unknown) => ({
  'application/json': { schema, ...(example === undefined ? {} : { example }) },
});

/** The schema of a body, in the dialect of OpenAPI 3.1 (JSON Schema 2020-12). */
function schemaOf(schema: z.ZodType): Schema {
  const { $schema: _, ...made } = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' });
  return made;
}

const problems = (statuses: Readonly<Record<number, string>>) =>
  Object.fromEntries(
    Object.entries(statuses).map(([status, description]) => [
      status,
      {
        description,
        ...(status === '429' || status === '503'
          ? { headers: { 'Retry-After': { description: 'Seconds', schema: { type: 'integer' } } } }
          : {}),
        content: { [PROBLEM_TYPE]: { schema: ref('Problem') } },
      },
    ]),
  );

const signatureHeader = (name: string, description: string) => ({
  name,
  in: 'header',
  required: true,
  description,
  schema: { type: 'string' },
});

const EXAMPLE = {
  type: 'lead.opted_in',
  timestamp: '2026-11-21T09:00:00Z',
  resource: 'lead.42',
  data: { email: 'sarah@example.com', first_name: 'Sarah' },
};
const RUNS = [{ trigger: 'new-lead-handler', workflowId: 'journey/new-lead-handler/7/311' }];

const event = { ...schemaOf(envelope), required: ['type', 'timestamp', 'resource'] };
const answer = {
  type: 'object',
  required: ['id', 'duplicate', 'runs'],
  properties: {
    id: { type: 'string' },
    duplicate: { type: 'boolean', description: 'The same event was accepted before; nothing starts again.' },
    runs: {
      type: 'array',
      description: 'What it starts. Whether a person may enter a journey again is decided right after.',
      items: {
        type: 'object',
        required: ['trigger', 'workflowId'],
        properties: { trigger: { type: 'string' }, workflowId: { type: 'string' } },
      },
    },
  },
};
const token = {
  name: 'token',
  in: 'path',
  required: true,
  schema: { type: 'string' },
};
const page = { description: 'A page for people', content: { 'text/html': { schema: { type: 'string' } } } };

/** The contract of the gateway as an OpenAPI 3.1 document, made from the schemas by which it checks. */
export const openapi = {
  openapi: '3.1.0',
  info: {
    title: 'Sluice event gateway',
    version: '1.0.0',
    description: 'Takes events of websites and of Brevo. An answer of 2xx means: durable.',
    license: { name: 'MIT', identifier: 'MIT' },
  },
  paths: {
    '/v1/events': {
      post: {
        operationId: 'sendEvents',
        summary: 'Tell what happened',
        description:
          'Signed as Standard Webhooks asks (https://www.standardwebhooks.com). Send the same again with the same id whenever the answer did not arrive or was 429 or 5xx.',
        parameters: [
          signatureHeader('webhook-id', 'Id of a single event; events of an array have ids of their own.'),
          signatureHeader('webhook-timestamp', 'Seconds since 1970, at most 5 minutes off.'),
          signatureHeader('webhook-signature', 'v1,<base64 of HMAC-SHA256 over id.timestamp.body>'),
        ],
        requestBody: {
          required: true,
          content: json(
            {
              oneOf: [
                ref('Event'),
                {
                  type: 'array',
                  minItems: 1,
                  maxItems: MOST_EVENTS,
                  items: { allOf: [ref('Event'), { required: ['id'] }] },
                },
              ],
            },
            EXAMPLE,
          ),
        },
        responses: {
          202: {
            description: 'All accepted',
            content: json(ref('Accepted'), {
              accepted: [{ id: 'msg_2Lh9KRb0pz', duplicate: false, runs: RUNS }],
            }),
          },
          207: { description: 'Some accepted; the others are named', content: json(ref('PartlyAccepted')) },
          ...problems({
            400: 'Not JSON',
            401: 'Signature missing or wrong, or the timestamp is off',
            409: 'Another event with this id was accepted before',
            413: 'More than 256 KiB',
            415: 'Not application/json',
            422: 'Fields are wrong; all are named',
            429: 'Too much at once',
            503: 'It could not be made durable',
          }),
        },
      },
    },
    ...reportPaths({ json, ref, problems, signatureHeader }),
    '/v1/webhooks/brevo': {
      post: {
        operationId: 'brevoWebhook',
        summary: "Brevo's webhooks, transactional, marketing and batched",
        security: [{ brevo: [] }],
        requestBody: { required: true, content: json({}) },
        responses: {
          200: {
            description: 'Durable',
            content: json({
              type: 'object',
              required: ['recorded'],
              properties: { recorded: { type: 'integer', description: 'How many were news.' } },
            }),
          },
          ...problems({
            400: 'Not JSON',
            401: 'Token missing or wrong',
            413: 'More than 4 MiB',
            415: 'Not application/json',
            429: 'It could not be made durable; Brevo comes again',
          }),
        },
      },
    },
    '/u/{token}': {
      get: {
        operationId: 'showUnsubscribe',
        summary: 'A page that asks; changes nothing',
        parameters: [token],
        responses: { 200: page, 404: page },
      },
      post: {
        operationId: 'unsubscribe',
        summary: 'Unsubscribe, also with one click from a mail program (RFC 8058)',
        parameters: [token],
        requestBody: {
          content: {
            'application/x-www-form-urlencoded': {
              schema: {
                type: 'object',
                properties: {
                  'List-Unsubscribe': { const: 'One-Click' },
                  stop: { enum: ['this', 'all'] },
                },
              },
            },
          },
        },
        responses: { 200: page, 404: page, ...problems({ 503: 'It could not be made durable' }) },
      },
    },
    '/c/{token}.png': {
      get: {
        operationId: 'showChart',
        summary: 'The image of a chart in a mail; all of it is in the token, which is signed',
        parameters: [token],
        responses: {
          200: {
            description: '1120 × 600 pixels, the same for ever',
            content: { 'image/png': { schema: { type: 'string', contentMediaType: 'image/png' } } },
          },
          ...problems({ 404: 'Not a chart of ours', 503: 'Too many are asked for at once' }),
        },
      },
    },
    '/f/{token}': {
      get: {
        operationId: 'downloadFile',
        summary: 'A file of a report, until its link expires',
        parameters: [token],
        responses: {
          200: {
            description: 'The file, to be saved under its name',
            content: { '*/*': { schema: { type: 'string', format: 'binary' } } },
          },
          404: page,
          410: page,
          ...problems({ 503: 'Too many are downloaded at once, or the database does not answer' }),
        },
      },
    },
    '/healthz': {
      get: {
        operationId: 'health',
        summary: 'Whether the process answers',
        responses: { 200: { description: 'It does', content: json({ type: 'object' }) } },
      },
    },
    '/readyz': {
      get: {
        operationId: 'readiness',
        summary: 'Whether it can do its work',
        responses: {
          200: { description: 'ready or degraded', content: json(ref('Readiness')) },
          503: { description: 'not_ready', content: json(ref('Readiness')) },
        },
      },
    },
    '/metrics': {
      get: {
        operationId: 'metrics',
        summary: 'For Prometheus',
        responses: {
          200: { description: 'Metrics', content: { 'text/plain': { schema: { type: 'string' } } } },
        },
      },
    },
    '/openapi.json': {
      get: {
        operationId: 'openapi',
        summary: 'This document',
        responses: { 200: { description: 'OpenAPI 3.1', content: json({ type: 'object' }) } },
      },
    },
  },
  components: {
    securitySchemes: { brevo: { type: 'http', scheme: 'bearer' } },
    schemas: {
      Event: {
        ...event,
        description: 'data of the types below is checked by its schema; of other types it is kept as it is.',
      },
      Accepted: {
        type: 'object',
        required: ['accepted'],
        properties: { accepted: { type: 'array', items: answer } },
      },
      PartlyAccepted: {
        type: 'object',
        required: ['accepted', 'rejected'],
        properties: {
          accepted: { type: 'array', items: answer },
          rejected: {
            type: 'array',
            items: {
              allOf: [
                ref('Problem'),
                {
                  type: 'object',
                  required: ['index'],
                  properties: { index: { type: 'integer' }, id: { type: 'string' } },
                },
              ],
            },
          },
        },
      },
      Problem: {
        type: 'object',
        description: 'Problem Details (RFC 9457)',
        required: ['title', 'status', 'code', 'detail'],
        properties: {
          title: { type: 'string' },
          status: { type: 'integer' },
          code: { type: 'string', description: 'A stable word for programs.' },
          detail: { type: 'string' },
          errors: {
            type: 'array',
            items: {
              type: 'object',
              required: ['field', 'message'],
              properties: { field: { type: 'string' }, message: { type: 'string' } },
            },
          },
        },
      },
      ...reportSchemas(schemaOf),
      Readiness: {
        type: 'object',
        required: ['status', 'reasons'],
        properties: {
          status: { enum: ['ready', 'degraded', 'not_ready'] },
          reasons: {
            type: 'array',
            items: {
              type: 'object',
              required: ['code', 'detail'],
              properties: { code: { type: 'string' }, detail: { type: 'string' } },
            },
          },
        },
      },
      ...Object.fromEntries(
        Object.entries(EVENT_TYPES)
          .filter(([type]) => !OWN_TYPES.test(type))
          .map(([type, schema]) => [`data.${type}`, { description: `data of ${type}`, ...schemaOf(schema) }]),
      ),
    },
  },
} as const;
