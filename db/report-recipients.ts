import { and, eq, sql } from 'drizzle-orm';
import { withoutAddress } from '../domain/erasure.ts';
import { type ReportDefinition, reportHash } from '../domain/reports/definition.ts';
import type { Executor } from './pool.ts';
import { reportDefinitions, reportVersions } from './schema-reports.ts';

/** What a person is to a report, by all its versions. */
export interface ReportMention {
  readonly reportId: string;
  readonly version: number;
  readonly as: readonly ('recipient' | 'cc' | 'owner')[];
}

/** Reports that name an address as a recipient or owner. */
export async function reportsNaming(db: Executor, email: string): Promise<readonly ReportMention[]> {
  const rows = await versionsWith(db, email);
  return rows.flatMap(({ reportId, version, definition }) => {
    const as = rolesOf(definition, email);
    return as.length === 0 ? [] : [{ reportId, version, as }];
  });
}

/**
 * Takes an address out of every version of every report, of their texts, too. A report that has nobody left to send to,
 * no owner to tell, or no query because the address stood in it, is made inactive and says so.
 */
export async function forgetInReports(
  tx: Executor,
  { email, now }: { readonly email: string; readonly now: Date },
): Promise<void> {
  for (const { id, reportId, version, definition } of await versionsWith(tx, email)) {
    const others = (addresses: readonly string[]) => addresses.filter((address) => address !== email);
    const kept = {
      ...definition,
      recipients: others(definition.recipients),
      cc: others(definition.cc),
      owner: definition.owner === email ? '' : definition.owner,
    };
    const cleared = JSON.parse(withoutAddress(JSON.stringify(kept), email)) as ReportDefinition;
    const without = cleared.name === '' ? { ...cleared, name: reportId } : cleared;
    await tx
      .update(reportVersions)
      .set({ definition: JSON.stringify(without), hash: reportHash(without) })
      .where(eq(reportVersions.id, id));
    const lack = lackOf(without);
    await tx
      .update(reportDefinitions)
      .set({
        name: without.name,
        changeNo: sql`${reportDefinitions.changeNo} + 1`,
        updatedAt: now,
        ...(lack === undefined
          ? {}
          : { isActive: 0, inactiveReason: `It has no ${lack} any more: a person was erased.` }),
      })
      .where(and(eq(reportDefinitions.id, reportId), eq(reportDefinitions.version, version)));
  }
}

function lackOf({ recipients, owner, query }: ReportDefinition): string | undefined {
  if (recipients.length === 0) return 'recipient';
  if (owner === '') return 'owner';
  return query === '' ? 'query' : undefined;
}

async function versionsWith(db: Executor, email: string) {
  const rows = await db
    .select()
    .from(reportVersions)
    .where(sql`LOCATE(${email}, LOWER(${reportVersions.definition})) > 0`);
  return rows.map(({ definition, ...row }) => ({
    ...row,
    definition: JSON.parse(definition) as ReportDefinition,
  }));
}

function rolesOf({ recipients, cc, owner }: ReportDefinition, email: string): ReportMention['as'] {
  return [
    ...(recipients.includes(email) ? (['recipient'] as const) : []),
    ...(cc.includes(email) ? (['cc'] as const) : []),
    ...(owner === email ? (['owner'] as const) : []),
  ];
}
