import { z } from 'zod';
import { SluiceError } from '../../domain/errors.ts';

const instant = z
  .string()
  .refine((text) => /^\d{4}-\d\d-\d\dT.*(Z|[+-]\d\d:?\d\d)$/.test(text) && !Number.isNaN(Date.parse(text)), {
    error: 'must be an instant like 2026-01-01T00:00:00Z',
  })
  .transform((text) => Date.parse(text) / 1000);

const MOST_TIMES = 100_000;

const schema = z.object({
  id: z.union([z.string(), z.number()]).optional(),
  ics: z.string({ error: 'must be the rule as text' }),
  after: instant.optional(),
  before: instant.optional(),
  count: z
    .int({ error: `must be a whole number from 0 to ${MOST_TIMES}` })
    .min(0, { error: `must be a whole number from 0 to ${MOST_TIMES}` })
    .max(MOST_TIMES, { error: `must be a whole number from 0 to ${MOST_TIMES}` })
    .optional(),
  timezone: z.string({ error: 'must be an IANA zone' }).optional(),
});

/** One line of standard input of `sluice recurrence expand` and `compile`. Instants in seconds. */
export type InputLine = z.output<typeof schema>;

/** What is known of a line before anything else, so that an answer can name it. */
export function idOf(line: unknown): string | number | null {
  const id = typeof line === 'object' && line !== null && 'id' in line ? line.id : null;
  return typeof id === 'string' || typeof id === 'number' ? id : null;
}

/** @throws SluiceError naming the field and what would be right. */
export function readInputLine(line: unknown): InputLine {
  const { data, error } = schema.safeParse(line);
  if (data !== undefined) return data;
  const [first] = error.issues;
  const field = first?.path.join('.') ?? '';
  throw new SluiceError(
    field === '' ? 'the line is no JSON object' : `${field}: ${first?.message ?? 'is wrong'}`,
    {
      code: 'input_line_invalid',
    },
  );
}
