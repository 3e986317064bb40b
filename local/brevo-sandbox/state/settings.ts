import { z } from 'zod';
import type { LimitSettings } from '../limits.ts';

/** Where the sandbox looks for an idempotency key; Brevo's own texts disagree, so all four can be played. */
const placementSchema = z.enum(['body', 'http', 'both', 'none']);

/** What can be changed while the sandbox runs (`PUT /__sandbox/settings`). */
export const settingsSchema = z.strictObject({
  /** `both` takes the key from the body's `headers.idempotencyKey` or the HTTP header `idempotencyKey`. */
  idempotencyPlacement: placementSchema,
  idempotencyTtlMinutes: z.number().positive(),
  /** Whether a request that was refused uses its key up. */
  idempotencyKeySpentByRefusal: z.boolean(),
  /** From taking an import to applying it, in milliseconds of sandbox time. */
  importDelayMs: z.number().int().min(0),
  /** Contacts that Brevo will never take: 400 on their own, invalid in an import. */
  refusedEmails: z.array(z.string().trim().toLowerCase()),
  /** Form of a batched webhook body. */
  webhookBatchShape: z.enum(['array', 'events']),
});

export type Settings = Readonly<z.infer<typeof settingsSchema>>;

export interface StoredSettings extends Settings {
  readonly limits: LimitSettings;
  readonly clockOffsetMs: number;
}

export const FRESH_SETTINGS: StoredSettings = {
  idempotencyPlacement: 'both',
  idempotencyTtlMinutes: 30,
  idempotencyKeySpentByRefusal: false,
  importDelayMs: 300,
  refusedEmails: [],
  webhookBatchShape: 'array',
  limits: { profile: 'general', overrides: {} },
  clockOffsetMs: 0,
};
