import { z } from 'zod';

/** Which calls a rule is for. Everything left out matches. */
const scope = {
  method: z.enum(['GET', 'POST', 'PUT', 'DELETE']).optional(),
  /** A route like `/contacts/{identifier}` or a path like `/contacts/import`, without `/v3`; `*` stands for anything. */
  route: z.string().optional(),
  /** Only calls that name this address in path, query or body, or inside an import. */
  email: z.string().trim().toLowerCase().optional(),
  /** Only the nth matching call (from 1). */
  nth: z.number().int().positive().optional(),
  /** Only the first n matching calls. */
  first: z.number().int().positive().optional(),
  /** Only for so long, in milliseconds of sandbox time. */
  forMs: z.number().positive().optional(),
};

const status = z.number().int().min(200).max(599);
const errorText = { code: z.string().optional(), message: z.string().optional() };

/**
 * What a rule plays.
 *
 * Not applied: `status`, `rateLimit`, `html`, `redirect`, `refuseThenReset`, `refuseThenHang`.
 * Applied, entered in the ledger as accepted, and then the answer goes wrong: every kind that begins with `accept`.
 * Applied and answered: `slow`, `importFails`, `importInvalid`.
 */
export const faultInputSchema = z.discriminatedUnion('kind', [
  z.strictObject({ ...scope, kind: z.literal('status'), status, ...errorText }),
  z.strictObject({
    ...scope,
    kind: z.literal('rateLimit'),
    resetSeconds: z.number().int().min(0).optional(),
  }),
  z.strictObject({ ...scope, kind: z.literal('html'), status: status.default(502) }),
  z.strictObject({ ...scope, kind: z.literal('redirect'), location: z.string().default('/') }),
  z.strictObject({ ...scope, kind: z.literal('refuseThenReset') }),
  z.strictObject({ ...scope, kind: z.literal('refuseThenHang') }),
  z.strictObject({ ...scope, kind: z.literal('acceptThenReset') }),
  z.strictObject({ ...scope, kind: z.literal('acceptThenHang') }),
  z.strictObject({ ...scope, kind: z.literal('acceptThenStall') }),
  z.strictObject({ ...scope, kind: z.literal('acceptThenStatus'), status, ...errorText }),
  z.strictObject({ ...scope, kind: z.literal('acceptThenHtml'), status: status.default(502) }),
  z.strictObject({ ...scope, kind: z.literal('slow'), delayMs: z.number().int().min(0) }),
  z.strictObject({ ...scope, kind: z.literal('importFails') }),
  z.strictObject({
    ...scope,
    kind: z.literal('importInvalid'),
    emails: z.array(z.string().trim().toLowerCase()).min(1),
  }),
]);

/** A rule as a test writes it. */
export type FaultInput = z.input<typeof faultInputSchema>;
export type Fault = Readonly<z.output<typeof faultInputSchema>>;

/** A rule as it is kept. */
export interface FaultRule {
  readonly id: number;
  readonly fault: Fault;
  /** Calls in its scope so far, played or not. */
  readonly matched: number;
  readonly played: number;
  /** ISO 8601 UTC, sandbox time. */
  readonly expiresAt: string | null;
}

/** A call as far as rules look at it. */
export interface FaultTarget {
  readonly method: string;
  readonly route: string | null;
  readonly path: string;
  readonly emails: readonly string[];
}

/** Whether a call is in a rule's scope, leaving the count aside. */
export function inScope(fault: Fault, target: FaultTarget): boolean {
  const isImport = target.method === 'POST' && target.route === '/contacts/import';
  if ((fault.kind === 'importFails' || fault.kind === 'importInvalid') && !isImport) {
    return false;
  }
  return (
    (fault.method === undefined || fault.method === target.method) &&
    (fault.route === undefined || matchesRoute(fault.route, target)) &&
    (fault.email === undefined || target.emails.includes(fault.email))
  );
}

/** Whether a rule plays at its nth match. */
export function isDue(fault: Fault, matched: number): boolean {
  return (
    (fault.nth === undefined || matched === fault.nth) &&
    (fault.first === undefined || matched <= fault.first)
  );
}

function matchesRoute(pattern: string, { route, path }: FaultTarget): boolean {
  const expression = new RegExp(`^${pattern.split('*').map(escapeExpression).join('.*')}$`);
  return expression.test(path) || (route !== null && expression.test(route));
}

function escapeExpression(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
