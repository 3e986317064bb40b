import { z } from 'zod';

const value = z.union([
  z.string(),
  z.number(),
  z.boolean(),
  z.null(),
  z.strictObject({ from: z.string().describe('A dynamic date, like startOfLastMonth.') }),
]);

/** What a request for a run may say; all of it is optional. */
export const reportRunRequest = z.strictObject({
  parameters: z
    .record(z.string(), z.union([value, z.array(value)]))
    .optional()
    .describe('Values in place of those of the definition, by name.'),
  as_of: z.iso
    .datetime({ offset: true, error: 'must be a time such as 2026-11-21T09:00:00Z' })
    .optional()
    .describe('Logical time; unset: now.'),
});
