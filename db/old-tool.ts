import type { OldEntry } from '../domain/entry-import.ts';
import { SluiceError } from '../domain/errors.ts';
import type { SiteClock } from '../domain/site-clock.ts';
import type { SiteConnection } from './site/connection.ts';
import { numberOrNull, textOrNull } from './site/sittings.ts';

const COLUMNS = [
  'id',
  'email',
  'funnel_type',
  'user_id',
  'test_id',
  'entered_at',
  'certificate_purchased',
  'certificate_purchased_at',
] as const;

/** A column that only Sluice's own table of that name has. */
const OURS = 'purchase_payment_id';
const PAGE = 10_000;

/**
 * Makes sure that `funnel_entries` is there and is the old tool's.
 * @throws SluiceError `old_table_missing`, `old_table_columns` or `own_table`.
 */
export async function assertOldTable(source: SiteConnection): Promise<void> {
  const rows = await source.read<{ name: unknown }>(
    `SELECT COLUMN_NAME AS name FROM information_schema.COLUMNS
     WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = 'funnel_entries'`,
  );
  const names = new Set(rows.map(({ name }) => String(name).toLowerCase()));
  if (names.size === 0) {
    throw new SluiceError('there is no table funnel_entries in that database, or its user may not read it', {
      code: 'old_table_missing',
      hint: 'Name the database in which the old tool kept its entries: usually that of the site.',
    });
  }
  if (names.has(OURS)) {
    throw new SluiceError("that funnel_entries is Sluice's own, not the old tool's", {
      code: 'own_table',
      hint: 'Name the database in which the old tool kept its entries with --from.',
    });
  }
  const missing = COLUMNS.filter((name) => !names.has(name));
  if (missing.length > 0) {
    throw new SluiceError(`that funnel_entries lacks ${missing.join(', ')}`, {
      code: 'old_table_columns',
      hint: `The old tool's table has ${COLUMNS.join(', ')}.`,
    });
  }
}

/** All rows of the old tool's funnel_entries by id, a page at a time. @param clock zone of its DATETIME values. */
export async function* oldEntries(
  source: SiteConnection,
  { clock, pageSize = PAGE }: { readonly clock: SiteClock; readonly pageSize?: number },
): AsyncGenerator<readonly OldEntry[]> {
  let after = -1;
  for (;;) {
    const rows = await source.read<Record<(typeof COLUMNS)[number], unknown>>(
      `SELECT id, email, funnel_type, user_id, test_id, CAST(entered_at AS CHAR) AS entered_at,
         certificate_purchased, CAST(certificate_purchased_at AS CHAR) AS certificate_purchased_at
       FROM funnel_entries WHERE id > ? ORDER BY id LIMIT ?`,
      [after, pageSize],
    );
    yield rows.map((row) => ({
      id: Number(row.id),
      rawEmail: textOrNull(row.email),
      rawFunnel: textOrNull(row.funnel_type) ?? '',
      userId: numberOrNull(row.user_id),
      testId: numberOrNull(row.test_id),
      enteredAt: clock.toUtc(String(row.entered_at)),
      purchased: Number(row.certificate_purchased) === 1,
      purchasedAt: clock.toUtc(String(row.certificate_purchased_at)),
    }));
    const last = rows.at(-1);
    if (rows.length < pageSize || last === undefined) return;
    after = Number(last.id);
  }
}
