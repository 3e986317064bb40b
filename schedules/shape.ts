import { z } from 'zod';
import { findZone } from './recurrence/zone.ts';
import { parseSpan } from './span.ts';

/** The form of a catalogue entry, for authors whose editor knows no types. Rules are read later (recurrence/when.ts). */

const SUMMARY_BYTES = 400;
const SHOWN = 60;

const id = z
  .string()
  .regex(/^[a-z0-9]+(-[a-z0-9]+)*$/, 'must be lower case words joined by hyphens, like funnel-sync')
  .max(200, 'must have at most 200 characters')
  .refine(
    (value) => !value.startsWith('dev-'),
    'must not begin with dev-, which marks the development profile',
  );

const zone = z
  .string()
  .refine((value) => findZone(value) !== undefined, 'must be an IANA time zone, like UTC or Europe/Berlin');

const span = z.string().refine(isSpan, 'must be a span of time: 90s, 15m, 6h, 2d, 1w');

const positiveSpan = span.refine(
  (value) => !isSpan(value) || parseSpan(value) > 0,
  'must be more than nothing',
);

const whole = (least: number, most: number) => {
  const message = `must be a whole number from ${least} to ${most}`;
  return z.int(message).min(least, message).max(most, message);
};

const oneOf = <const Names extends readonly [string, ...string[]]>(...names: Names) =>
  z.enum(names, `must be one of ${names.join(', ')}`);

const when = z.discriminatedUnion(
  'kind',
  [
    z.strictObject({ kind: z.literal('every'), every: span, offset: span }),
    z.strictObject({ kind: z.literal('cron'), line: z.string() }),
    z.strictObject({ kind: z.literal('calendar'), fields: z.looseObject({}) }),
    z.strictObject({ kind: z.literal('rrule'), ics: z.string() }),
    z.strictObject({ kind: z.literal('once'), at: z.string() }),
    z.strictObject({ kind: z.literal('manual') }),
  ],
  'must be every(…), cron(…), calendar(…), rrule(…), once(…) or manual()',
);

const name = z.string('must be a text').min(1, 'must not be empty');

const note = name.refine((value) => Buffer.byteLength(value) <= SUMMARY_BYTES, {
  error: `must have at most ${SUMMARY_BYTES} bytes: Temporal shows it beside each run`,
});

const entry = z.strictObject({
  kind: z.literal('schedule'),
  id,
  formerIds: z.array(id).optional(),
  when,
  timezone: zone,
  start: z.strictObject({
    workflow: name,
    args: z.array(z.json('must be JSON')).optional(),
    taskQueue: name.optional(),
  }),
  overlap: oneOf('skip', 'bufferOne', 'bufferAll', 'cancelOther', 'terminateOther', 'allowAll'),
  catchUp: oneOf('skip', 'latest', 'all'),
  catchUpWithin: positiveSpan.optional(),
  catchUpAtMost: whole(1, 1000).optional(),
  jitter: span.optional(),
  pauseAfterFailures: whole(1, 1000).optional(),
  dst: z
    .strictObject({ gap: oneOf('shift', 'skip').optional(), overlap: oneOf('first', 'both').optional() })
    .optional(),
  backlog: z.strictObject({ after: positiveSpan, batch: positiveSpan }).optional(),
  startPaused: z.boolean('must be true or false').optional(),
  development: z.strictObject({ when: when.optional(), startPaused: z.boolean().optional() }).optional(),
  note,
});

/** What is wrong with the form of an entry, a line each: field, value and what would be right. */
export function shapeProblems(value: object): readonly string[] {
  return formProblems(entry, value);
}

/** What is wrong with a value by a form, a line each: field, value and what would be right. */
export function formProblems(form: z.ZodObject, value: unknown): readonly string[] {
  const { error } = form.safeParse(value);
  return (error?.issues ?? []).flatMap((issue) => {
    const field = issue.path.join('.');
    if (issue.code === 'unrecognized_keys') {
      const known = knownKeys(form, issue.path).join(', ');
      return issue.keys.map((key) => `${[...issue.path, key].join('.')} is unknown; known are ${known}`);
    }
    const given = valueAt(value, issue.path);
    if (given === undefined) return `${field} is missing; it ${expected(issue)}`;
    return `${field} ${expected(issue)} (it is ${shown(given)})`;
  });
}

function expected(issue: z.core.$ZodIssue): string {
  if (issue.code === 'invalid_type' && issue.message.startsWith('Invalid input')) {
    return `must be of type ${issue.expected}`;
  }
  return issue.message;
}

function knownKeys(form: z.ZodObject, path: readonly PropertyKey[]): readonly string[] {
  let schema: unknown = form;
  for (const key of path) {
    schema = schema instanceof z.ZodObject ? (schema.shape as Record<PropertyKey, unknown>)[key] : undefined;
    if (schema instanceof z.ZodOptional) schema = schema.unwrap();
  }
  return schema instanceof z.ZodObject ? Object.keys(schema.shape).filter((key) => key !== 'kind') : [];
}

function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (part, key) =>
      typeof part === 'object' && part !== null ? (part as Record<PropertyKey, unknown>)[key] : undefined,
    value,
  );
}

/** A value, short enough for a line. */
export function shown(value: unknown): string {
  const text = typeof value === 'function' ? 'a function' : (JSON.stringify(value) ?? String(value));
  return text.length > SHOWN ? `${text.slice(0, SHOWN)}…` : text;
}

function isSpan(value: string): boolean {
  try {
    parseSpan(value);
    return true;
  } catch {
    return false;
  }
}
