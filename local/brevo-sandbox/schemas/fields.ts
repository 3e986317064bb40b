import { z } from 'zod';
import { invalidParameter, missingParameter, type Refusal } from '../http/answers.ts';

/**
 * Fields that several of Brevo's requests share. The files in this folder restate the public Brevo API v3 reference
 * (developers.brevo.com/reference) as far as the sandbox needs it; like Brevo they let unknown fields pass.
 */

export const listIds = z.array(z.number().int().positive());
export const attributeMap = z.record(z.string(), z.unknown());

/** A whole number in a query string. */
export function queryNumber(bounds: {
  readonly least: number;
  readonly most: number;
  readonly standard: number;
}) {
  return z.coerce.number().int().min(bounds.least).max(bounds.most).default(bounds.standard);
}

export const offset = z.coerce.number().int().min(0).default(0);
export const sort = z.enum(['asc', 'desc']).default('desc');

/** An instant in a query string, to epoch milliseconds. */
export const instant = z
  .string()
  .refine((text) => !Number.isNaN(Date.parse(text)))
  .transform((text) => Date.parse(text));

/** Reads what a caller sent, or says what is wrong with it in Brevo's words. */
export function read<T>(schema: z.ZodType<T>, sent: unknown): T {
  const result = schema.safeParse(sent);
  if (result.success) {
    return result.data;
  }
  throw refusalOf(result.error);
}

function refusalOf(error: z.ZodError): Refusal {
  const issue = error.issues[0];
  const names = (issue?.path ?? []).filter((part) => typeof part === 'string');
  const [outer, inner] = [names[0], names.at(-1)];
  if (issue === undefined || outer === undefined || inner === undefined) {
    return missingParameter('Input must be a valid JSON object');
  }
  const where = outer === inner ? inner : `${inner} is not valid in ${outer}`;
  if (issue.code === 'invalid_type' && issue.message.includes('received undefined')) {
    return missingParameter(outer === inner ? `${inner} is missing` : `${inner} is missing in ${outer}`);
  }
  return invalidParameter(outer === inner ? `${where} is not valid` : where);
}
