import type { SiteRows, SiteTime } from './rows.ts';

/** One certificate order of one person, before it is spread over the site's three tables. */
export interface Purchase {
  readonly email: string | null;
  /** A modx_cert_test.id. */
  readonly certificateTest: number;
  /** 2 = paid. */
  readonly status: number;
  readonly paidAt: SiteTime;
  readonly fullname?: string;
  readonly amount?: number;
}

export interface FirstIds {
  readonly user: number;
  readonly result: number;
  readonly payment: number;
}

/** Spreads orders over modx_cert_users, _result and _payment: one user, one result and one payment each, ids counted up from `firstIds`. */
export function purchaseRows(
  purchases: readonly Purchase[],
  { firstIds }: { firstIds: FirstIds },
): Pick<SiteRows, 'certificateUsers' | 'certificateResults' | 'payments'> {
  return {
    certificateUsers: purchases.map(({ email, fullname }, index) => ({
      id: firstIds.user + index,
      email,
      ...(fullname === undefined ? {} : { fullname }),
    })),
    certificateResults: purchases.map(({ certificateTest }, index) => ({
      id: firstIds.result + index,
      id_user: firstIds.user + index,
      id_test: certificateTest,
    })),
    payments: purchases.map(({ status, paidAt, amount }, index) => ({
      id: firstIds.payment + index,
      id_result: firstIds.result + index,
      id_status: status,
      datetime_payment: paidAt,
      ...(amount === undefined ? {} : { amount }),
    })),
  };
}
