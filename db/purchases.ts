import { and, between, eq, gt, inArray, isNull, lte, sql } from 'drizzle-orm';
import { personKey } from '../domain/intake.ts';
import { chunks } from './chunks.ts';
import type { Executor } from './pool.ts';
import { brevoChanges, certificatePurchases, funnelEntries } from './schema.ts';
import type { Payment } from './site/payments.ts';

/** The mirrored payments with `after < id ≤ through` (no upper end: `undefined`). */
export async function mirroredPayments(
  db: Executor,
  { after, through }: { readonly after: number; readonly through: number | undefined },
) {
  return db
    .select()
    .from(certificatePurchases)
    .where(
      through === undefined
        ? gt(certificatePurchases.paymentId, after)
        : between(certificatePurchases.paymentId, after + 1, through),
    );
}

/** Writes new and changed payments into the mirror; a withdrawn one that qualifies again comes back. */
export async function mirrorPayments(
  tx: Executor,
  { payments, seenAt }: { readonly payments: readonly Payment[]; readonly seenAt: Date },
): Promise<void> {
  for (const part of chunks(payments)) {
    await tx
      .insert(certificatePurchases)
      .values(
        part.map(({ paymentId, email, funnel, purchasedAt }) => ({
          paymentId,
          email,
          funnelType: funnel,
          purchasedAt: new Date(purchasedAt),
          seenAt,
        })),
      )
      .onDuplicateKeyUpdate({
        set: {
          email: sql`VALUES(email)`,
          funnelType: sql`VALUES(funnel_type)`,
          purchasedAt: sql`VALUES(purchased_at)`,
          withdrawnAt: null,
        },
      });
  }
}

/** Marks payments that no longer qualify at the site. What they converted stays converted. */
export async function withdrawPayments(
  tx: Executor,
  { ids, at }: { readonly ids: readonly number[]; readonly at: Date },
): Promise<void> {
  for (const part of chunks(ids)) {
    await tx
      .update(certificatePurchases)
      .set({ withdrawnAt: at })
      .where(
        and(inArray(certificatePurchases.paymentId, [...part]), isNull(certificatePurchases.withdrawnAt)),
      );
  }
}

/** Of these addresses, the people (`personKey`) with a qualifying purchase dated at or before `asOf`. */
export async function customers(
  db: Executor,
  { emails, asOf }: { readonly emails: readonly string[]; readonly asOf: Date },
): Promise<ReadonlySet<string>> {
  const people = new Set<string>();
  for (const part of chunks(emails)) {
    const rows = await db
      .selectDistinct({ email: certificatePurchases.email, funnel: certificatePurchases.funnelType })
      .from(certificatePurchases)
      .where(
        and(
          inArray(certificatePurchases.email, [...part]),
          lte(certificatePurchases.purchasedAt, asOf),
          isNull(certificatePurchases.withdrawnAt),
        ),
      );
    for (const row of rows) people.add(personKey(row));
  }
  return people;
}

export interface Conversion {
  readonly entryId: number;
  readonly email: string;
  readonly funnel: 'language' | 'non_language';
  readonly paymentId: number;
  /** UTC, as MySQL writes it. */
  readonly purchasedAt: string;
}

/**
 * Entries not yet converted whose person has bought since entering: each with the earliest such payment (then the
 * lowest id), by date and payment id. One set-based query over all entries.
 */
export async function pendingConversions(
  db: Executor,
  { asOf, limit }: { readonly asOf: Date; readonly limit: number },
): Promise<readonly Conversion[]> {
  const [rows] = await db.execute(sql`
    SELECT c.entry_id AS entryId, c.email, c.funnel_type AS funnel, c.payment_id AS paymentId, c.purchased_at AS purchasedAt
    FROM (
      SELECT e.id AS entry_id, e.email, e.funnel_type, p.payment_id, p.purchased_at,
        ROW_NUMBER() OVER (PARTITION BY e.id ORDER BY p.purchased_at, p.payment_id) AS place
      FROM ${certificatePurchases} p
      JOIN ${funnelEntries} e ON e.email = p.email AND e.funnel_type = p.funnel_type
      WHERE e.certificate_purchased = 0 AND p.withdrawn_at IS NULL
        AND p.purchased_at >= e.entered_at AND p.purchased_at <= ${asOf}
    ) c
    WHERE c.place = 1
    ORDER BY c.purchased_at, c.payment_id
    LIMIT ${limit}`);
  return rows as unknown as readonly Conversion[];
}

/**
 * Records conversions and, in the same transaction, the change that tells Brevo of each, but for erased people. A
 * recorded one stays.
 */
export async function recordConversions(
  tx: Executor,
  { conversions, runId }: { readonly conversions: readonly Conversion[]; readonly runId: string },
): Promise<void> {
  for (const part of chunks(conversions)) {
    const ids = part.map(({ entryId }) => entryId);
    const choice = (value: (one: Conversion) => unknown) =>
      sql.join(
        part.map((one) => sql`WHEN ${one.entryId} THEN ${value(one)}`),
        sql` `,
      );
    await tx.execute(sql`
      UPDATE ${funnelEntries} SET
        certificate_purchased = 1,
        certificate_purchased_at = CASE id ${choice(({ purchasedAt }) => purchasedAt)} END,
        purchase_payment_id = CASE id ${choice(({ paymentId }) => paymentId)} END
      WHERE id IN ${ids} AND certificate_purchased = 0`);
    await tx.execute(sql`
      INSERT INTO ${brevoChanges}
        (change_key, entry_id, kind, email, funnel_type, purchased_on, created_at, run_id)
      SELECT CONCAT('purchase:', e.id), e.id, 'purchase', e.email, e.funnel_type,
        DATE(e.certificate_purchased_at), UTC_TIMESTAMP(3), ${runId}
      FROM ${funnelEntries} e
      WHERE e.id IN ${ids} AND e.email NOT LIKE 'erased:%'
      ORDER BY e.certificate_purchased_at, e.purchase_payment_id
      ON DUPLICATE KEY UPDATE id = ${brevoChanges}.id`);
  }
}

/** Whether a person is known as a buyer, for `entries show`. */
export async function purchasesOf(db: Executor, email: string) {
  return db.select().from(certificatePurchases).where(eq(certificatePurchases.email, email));
}
