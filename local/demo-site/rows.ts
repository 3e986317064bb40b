/**
 * Rows of the site's seven tables, under the site's own column names. Columns that nobody but the site needs are optional.
 */

/** A DATETIME of the site. A `Date` is written as naive UTC; a text goes in as it is (`0000-00-00 00:00:00` included). */
export type SiteTime = Date | string | null;

/** simpletest_lang: the languages that have tests. */
export interface LanguageRow {
  readonly Id: number;
  readonly Name?: string;
  readonly Code?: string;
}

/** simpletest_test. `Id` is what sittings refer to and is not unique; `newid` is. */
export interface TestRow {
  readonly newid?: number;
  readonly Id: number;
  /** A simpletest_lang.Id; 0 or NULL where the test is not about a language. */
  readonly LangId: number | null;
  readonly Name?: string;
  readonly Questions?: number;
}

/** simpletest_users: one row for each test that somebody took. */
export interface SittingRow {
  readonly Id?: number;
  readonly Email: string | null;
  readonly TestId: number | null;
  readonly Datep: SiteTime;
  /** 1 = finished (the default here), 0 = broken off. */
  readonly Status?: number | null;
  readonly Name?: string;
  readonly Country?: string;
  /** Per cent of right answers. */
  readonly Score?: number;
}

/** modx_cert_test: what certificates are sold for. `type` 1 = language, 2 = non-language. */
export interface CertificateTestRow {
  readonly id: number;
  readonly type: number | null;
  readonly name?: string;
  readonly price?: number;
}

/** modx_cert_users: the people who ordered a certificate. */
export interface CertificateUserRow {
  readonly id: number;
  readonly email: string | null;
  readonly fullname?: string;
}

/** modx_cert_result: an ordered certificate. */
export interface CertificateResultRow {
  readonly id: number;
  readonly id_user: number;
  readonly id_test: number;
  readonly score?: number;
}

/** modx_cert_payment. `id_status` 2 = paid. */
export interface PaymentRow {
  readonly id: number;
  readonly id_result: number;
  readonly id_status: number | null;
  readonly datetime_payment: SiteTime;
  readonly amount?: number;
}

export interface SiteRows {
  readonly languages: readonly LanguageRow[];
  readonly tests: readonly TestRow[];
  readonly sittings: readonly SittingRow[];
  readonly certificateTests: readonly CertificateTestRow[];
  readonly certificateUsers: readonly CertificateUserRow[];
  readonly certificateResults: readonly CertificateResultRow[];
  readonly payments: readonly PaymentRow[];
}

/** `YYYY-MM-DD HH:MM:SS` in UTC, fractions cut off. */
export function naiveUtc(time: Date): string {
  return time.toISOString().slice(0, 19).replace('T', ' ');
}
