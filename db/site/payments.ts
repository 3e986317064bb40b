import { canonicalEmail } from '../../domain/email.ts';
import type { FunnelType } from '../../domain/funnels.ts';
import type { SiteClock } from '../../domain/site-clock.ts';
import { isRealDate } from './completed.ts';
import type { SiteConnection } from './connection.ts';
import type { SiteMapping } from './mapping.ts';
import { textOrNull } from './sittings.ts';

/** A paid certificate whose chain payment → result → user, test is whole. */
export interface Payment {
  readonly paymentId: number;
  readonly email: string;
  readonly funnel: FunnelType;
  /** UTC milliseconds; may lie in the future. */
  readonly purchasedAt: number;
}

interface PaymentPage {
  readonly payments: readonly Payment[];
  /** Every payment id up to and including this one was looked at; `undefined` after the last page. */
  readonly through: number | undefined;
}

export interface PaymentsReader {
  page(input: { readonly after: number; readonly limit: number }): Promise<PaymentPage>;
}

const PAID = 2;
const FUNNEL_OF_TYPE: Readonly<Record<number, FunnelType>> = { 1: 'language', 2: 'non_language' };

export function createPaymentsReader(
  site: SiteConnection,
  { mapping, clock }: { readonly mapping: SiteMapping; readonly clock: SiteClock },
): PaymentsReader {
  const payment = (name: 'id' | 'id_result' | 'id_status' | 'datetime_payment') =>
    `p.${mapping.column('modx_cert_payment', name)}`;
  const result = (name: 'id' | 'id_user' | 'id_test') => `r.${mapping.column('modx_cert_result', name)}`;
  const user = (name: 'id' | 'email') => `u.${mapping.column('modx_cert_users', name)}`;
  const test = (name: 'id' | 'type') => `t.${mapping.column('modx_cert_test', name)}`;
  const paidAt = payment('datetime_payment');
  const sql = `
    SELECT ${payment('id')} AS id, CAST(${paidAt} AS CHAR) AS paidAt, ${user('email')} AS email, ${test('type')} AS type
    FROM ${mapping.table('modx_cert_payment')} p
    JOIN ${mapping.table('modx_cert_result')} r ON ${result('id')} = ${payment('id_result')}
    JOIN ${mapping.table('modx_cert_users')} u ON ${user('id')} = ${result('id_user')}
    JOIN ${mapping.table('modx_cert_test')} t ON ${test('id')} = ${result('id_test')}
    WHERE ${payment('id')} > ? AND ${payment('id_status')} = ${PAID} AND ${paidAt} IS NOT NULL
      AND ${isRealDate(paidAt)} AND ${test('type')} IN (1, 2)
    ORDER BY ${payment('id')} LIMIT ?`;

  return {
    async page({ after, limit }) {
      const rows = await site.read<{ id: unknown; paidAt: unknown; email: unknown; type: unknown }>(sql, [
        after,
        limit,
      ]);
      const payments = rows.flatMap((row) => {
        const address = canonicalEmail(textOrNull(row.email));
        const funnel = FUNNEL_OF_TYPE[Number(row.type)];
        const purchasedAt = clock.toUtc(String(row.paidAt));
        if (!address.ok || funnel === undefined || purchasedAt === undefined) return [];
        return [{ paymentId: Number(row.id), email: address.email, funnel, purchasedAt }];
      });
      return { payments, through: rows.length < limit ? undefined : Number(rows.at(-1)?.id) };
    },
  };
}
