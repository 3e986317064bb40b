import { z } from 'zod';
import { canonicalEmail } from '../../domain/email.ts';
import { COMPARISONS, EMPTY_POLICIES, REPORT_FORMATS } from '../../domain/reports/definition.ts';
import { PARAMETER_TYPES } from '../../domain/reports/parameters.ts';
import { subjectProblem } from '../../domain/reports/subject.ts';
import { findZone } from '../../schedules/recurrence/zone.ts';
import { parseSpan } from '../../schedules/span.ts';

/** The form of a report as an analyst writes it, in YAML or by flags. What parts of it have to do with each other comes later. */

const MOST_RECIPIENTS = 200;
const MOST_PARAMETERS = 100;
const LONGEST_QUERY = 200_000;
const MOST_ROWS = 10_000_000;
const MOST_BYTES = 1_000_000_000;
const DAY_SECONDS = 86_400;

const shortText = (most: number) =>
  z
    .string('must be a text')
    .trim()
    .min(1, 'must not be empty')
    .max(most, `must have at most ${most} characters`)
    // oxlint-disable-next-line no-control-regex -- it is shown in lists and mails
    .refine((value) => !/[\x00-\x1f\x7f]/.test(value), 'must be one line without control characters');

const slug = z
  .string('must be a text')
  .max(100, 'must have at most 100 characters')
  .regex(/^[a-z0-9]+(-[a-z0-9]+)*$/, 'must be lower case words joined by hyphens, like weekly-sales');

const zone = z
  .string('must be a text')
  .refine((value) => findZone(value) !== undefined, 'must be an IANA time zone, like UTC or Europe/Berlin');

const span = z
  .string('must be a text')
  .refine(isSpan, 'must be a span of time of at least a second: 90s, 15m, 6h, 2d, 1w');

const address = z
  .string('must be a text')
  .refine((value) => canonicalEmail(value).ok, 'must be an e-mail address, like ann@example.com');

const whole = (least: number, most: number) => {
  const message = `must be a whole number from ${least} to ${most}`;
  return z.int(message).min(least, message).max(most, message);
};

const oneOf = <const Names extends readonly [string, ...string[]]>(names: Names) =>
  z.enum(names, `must be one of ${names.join(', ')}`);

const flag = z.boolean('must be true or false');

const scalar = z.union([z.string(), z.number(), z.boolean(), z.null()]);
const dynamic = z.strictObject({ from: z.string() });
const item = z.union(
  [dynamic, scalar],
  'must be a text, number, true, false, null or { from: startOfLastMonth }',
);

const parameter = z.strictObject({
  name: z.string('must be a text'),
  type: oneOf(PARAMETER_TYPES),
  list: flag.optional(),
  value: z.union([z.array(item), item], 'must be a value, { from: … } or a list of those').optional(),
});

const WHEN =
  "must be one of { cron: '0 9 * * 1' }, { cron: { dayOfWeek: mon, hour: 9 } }, { every: 6h }, { rrule: FREQ=MONTHLY;BYDAY=1MO;BYHOUR=9 }, { once: 2026-12-01T09:00 }";
const cronField = z.union([z.string(), z.number()]).optional();
const when = z.union(
  [
    z.strictObject({ cron: z.string() }),
    z.strictObject({
      cron: z.strictObject({
        year: cronField,
        month: cronField,
        day: cronField,
        dayOfWeek: cronField,
        hour: cronField,
        minute: cronField,
        second: cronField,
      }),
    }),
    z.strictObject({ every: z.string(), offset: z.string().optional() }),
    z.strictObject({ rrule: z.string() }),
    z.strictObject({ once: z.string() }),
  ],
  WHEN,
);

const test = z.discriminatedUnion(
  'kind',
  [
    z.strictObject({
      kind: z.literal('value'),
      column: shortText(200),
      rows: oneOf(['first', 'any']),
      is: oneOf(COMPARISONS),
      to: z.union([z.number(), z.string()], 'must be a number or a text'),
    }),
    z.strictObject({ kind: z.literal('rowCount'), is: oneOf(COMPARISONS), to: whole(0, 1e12) }),
    z.strictObject({ kind: z.literal('changed') }),
  ],
  'must have a kind: value, rowCount or changed',
);

const condition = z.strictObject({
  test,
  alert: oneOf(['once', 'every']),
  rearmAfter: span.optional(),
  until: z.number('must be a number').optional(),
  recovered: flag,
});

export const definitionForm = z.strictObject({
  id: slug,
  name: shortText(100),
  description: z.string('must be a text').max(2000, 'must have at most 2000 characters').optional(),
  connection: shortText(40),
  query: z
    .string('must be a text')
    .refine((value) => value.trim() !== '', 'must not be empty')
    .max(LONGEST_QUERY, `must have at most ${LONGEST_QUERY} characters`),
  parameters: z
    .array(parameter, 'must be a list of { name, type, value }')
    .max(MOST_PARAMETERS, `must have at most ${MOST_PARAMETERS} entries`)
    .optional(),
  when,
  timezone: zone,
  catchUp: oneOf(['skip', 'latest', 'all']).optional(),
  catchUpWithin: span.optional(),
  recipients: z
    .array(address, 'must be a list of e-mail addresses')
    .min(1, 'must name at least one address')
    .max(MOST_RECIPIENTS, `must have at most ${MOST_RECIPIENTS} entries`),
  cc: z
    .array(address, 'must be a list of e-mail addresses')
    .max(MOST_RECIPIENTS, `must have at most ${MOST_RECIPIENTS} entries`)
    .optional(),
  subject: z
    .string('must be a text')
    .superRefine((value, context) => {
      const problem = subjectProblem(value);
      if (problem !== undefined) context.addIssue({ code: 'custom', message: problem });
    })
    .optional(),
  formats: z.array(oneOf(REPORT_FORMATS)).min(1, 'must name at least one format').optional(),
  csv: z
    .strictObject({ bom: flag.optional(), delimiter: oneOf([',', ';', '\t', '|']).optional() })
    .optional(),
  formulaSafe: flag.optional(),
  onEmpty: oneOf(EMPTY_POLICIES).optional(),
  condition: condition.optional(),
  caps: z
    .strictObject({ rows: whole(1, MOST_ROWS).optional(), bytes: whole(1000, MOST_BYTES).optional() })
    .optional(),
  timeoutSeconds: whole(1, DAY_SECONDS).optional(),
  owner: address,
  /** 0: never. */
  pauseAfterFailures: whole(0, 1000).optional(),
  keepDays: whole(1, 3650).optional(),
  isActive: flag.optional(),
});

export type DefinitionForm = z.output<typeof definitionForm>;

function isSpan(value: string): boolean {
  try {
    return parseSpan(value) >= 1000;
  } catch {
    return false;
  }
}
