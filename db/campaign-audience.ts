import { and, asc, eq, gt, inArray, isNull, lte, max, type SQL, sql } from 'drizzle-orm';
import type { Audience, FieldCondition } from '../domain/campaigns/audience.ts';
import type { Consent, SuppressionReason } from '../domain/people.ts';
import type { MailScope } from '../domain/sending/scopes.ts';
import type { Executor } from './pool.ts';
import { funnelEntries } from './schema.ts';
import { journeyRuns } from './schema-journeys.ts';
import { leadScores } from './schema-leads.ts';
import { messages } from './schema-messages.ts';
import { contacts, suppressions } from './schema-people.ts';

/** Somebody in an audience, not asked yet whether they may be mailed. */
export interface Candidate {
  readonly id: number;
  /** Canonical. */
  readonly email: string;
  /** IANA, as it was told; NULL: nobody knows. */
  readonly timezone: string | null;
  readonly consent: Consent;
}

/** Whose zone is one of these; with `butNot` everybody else's, and those whose zone is not known. */
export type ZoneFilter = { readonly zones: readonly string[] } | { readonly butNot: readonly string[] };

/**
 * The audience page by page, in the order of contact numbers. Erased people are in none.
 * @param upTo the highest contact number that takes part
 */
export function audiencePage(
  db: Executor,
  {
    audience,
    zones,
    after,
    upTo,
    most,
  }: {
    readonly audience: Audience;
    readonly zones: ZoneFilter;
    readonly after: number;
    readonly upTo: number;
    readonly most: number;
  },
): Promise<readonly Candidate[]> {
  return db
    .select({
      id: contacts.id,
      email: contacts.email,
      timezone: contacts.timezone,
      consent: contacts.consent,
    })
    .from(contacts)
    .where(
      and(
        gt(contacts.id, after),
        lte(contacts.id, upTo),
        isNull(contacts.erasedAt),
        inZones(zones),
        matches(audience),
      ),
    )
    .orderBy(asc(contacts.id))
    .limit(most);
}

/** Zones that people of the audience have, NULL among them where somebody has none. */
export async function audienceZones(
  db: Executor,
  { audience, upTo }: { readonly audience: Audience; readonly upTo: number },
): Promise<readonly (string | null)[]> {
  const rows = await db
    .selectDistinct({ timezone: contacts.timezone })
    .from(contacts)
    .where(and(lte(contacts.id, upTo), isNull(contacts.erasedAt), matches(audience)));
  return rows.map(({ timezone }) => timezone);
}

/** 0 as long as there is nobody. */
export async function highestContactId(db: Executor): Promise<number> {
  const [row] = await db.select({ id: max(contacts.id) }).from(contacts);
  return row?.id ?? 0;
}

/** What is in force for these addresses, by their keyed hash. */
export async function suppressionsOfMany(
  db: Executor,
  hashes: readonly string[],
): Promise<
  ReadonlyMap<string, readonly { readonly scope: MailScope; readonly reason: SuppressionReason }[]>
> {
  if (hashes.length === 0) return new Map();
  const rows = await db
    .select({ hash: suppressions.addressHash, scope: suppressions.scope, reason: suppressions.reason })
    .from(suppressions)
    .where(and(inArray(suppressions.addressHash, [...hashes]), isNull(suppressions.endedAt)));
  return Map.groupBy(rows, ({ hash }) => hash);
}

function inZones(zones: ZoneFilter): SQL | undefined {
  if ('zones' in zones) return inArray(contacts.timezone, [...zones.zones]);
  return zones.butNot.length === 0
    ? undefined
    : sql`(${contacts.timezone} IS NULL OR ${contacts.timezone} NOT IN ${zones.butNot})`;
}

/** Whether a row of `contacts` is in an audience that has been checked: true or false, never NULL, values bound. */
function matches(audience: Audience): SQL {
  if ('all' in audience) return joined(audience.all, { by: sql` AND `, none: sql`TRUE` });
  if ('any' in audience) return joined(audience.any, { by: sql` OR `, none: sql`FALSE` });
  if ('not' in audience) return sql`NOT ${matches(audience.not)}`;
  if ('segment' in audience) return inSegment(audience.segment);
  if ('leadScore' in audience) {
    const score = sql`(SELECT ${leadScores.score} FROM ${leadScores} WHERE ${leadScores.contactId} = ${contacts.id})`;
    return sql`(COALESCE(${score}, 0) ${SIGNS[audience.leadScore]} ${audience.value})`;
  }
  if ('journey' in audience) {
    const { journey, state, reachedGoal } = audience;
    return sql`EXISTS (SELECT 1 FROM ${journeyRuns} WHERE ${and(
      eq(journeyRuns.contactId, contacts.id),
      eq(journeyRuns.journey, journey),
      state === undefined ? undefined : eq(journeyRuns.state, state),
      isSet(journeyRuns.goalAt, reachedGoal),
    )})`;
  }
  if ('funnel' in audience) {
    const { funnel, purchased } = audience;
    return sql`EXISTS (SELECT 1 FROM ${funnelEntries} WHERE ${and(
      eq(funnelEntries.email, contacts.email),
      eq(funnelEntries.funnelType, funnel),
      purchased === undefined ? undefined : eq(funnelEntries.certificatePurchased, purchased ? 1 : 0),
    )})`;
  }
  if ('receivedCampaign' in audience) {
    const { receivedCampaign, opened, clicked } = audience;
    return sql`EXISTS (SELECT 1 FROM ${messages} WHERE ${and(
      eq(messages.contactId, contacts.id),
      eq(messages.kind, 'campaign'),
      eq(messages.state, 'accepted'),
      // An id holds neither % nor _.
      sql`${messages.messageKey} LIKE ${`campaign/${receivedCampaign}/%`}`,
      isSet(messages.openedAt, opened),
      isSet(messages.clickedAt, clicked),
    )})`;
  }
  return fieldMatches(audience);
}

function joined(parts: readonly Audience[], { by, none }: { readonly by: SQL; readonly none: SQL }): SQL {
  return parts.length === 0 ? none : sql`(${sql.join(parts.map(matches), by)})`;
}

function isSet(column: unknown, wanted: boolean | undefined): SQL | undefined {
  if (wanted === undefined) return undefined;
  return wanted ? sql`${column} IS NOT NULL` : sql`${column} IS NULL`;
}

/** A field as journeys know it: its JSON type and its text; both NULL where it is not known. */
function fieldOf(field: string): { readonly type: SQL; readonly text: SQL } {
  const json = sql`JSON_EXTRACT(${contacts.fields}, ${`$."${field}"`})`;
  const column = COLUMNS.get(field);
  if (column === undefined) return { type: sql`JSON_TYPE(${json})`, text: sql`JSON_UNQUOTE(${json})` };
  return {
    type: sql`IF(${column} IS NULL, JSON_TYPE(${json}), 'STRING')`,
    text: sql`IF(${column} IS NULL, JSON_UNQUOTE(${json}), ${column})`,
  };
}

const COLUMNS: ReadonlyMap<string, SQL> = new Map([
  ['first_name', sql`${contacts.firstName}`],
  ['name', sql`${contacts.name}`],
  ['timezone', sql`${contacts.timezone}`],
  ['consent', sql`${contacts.consent}`],
]);

const SIGNS = {
  eq: sql.raw('='),
  ne: sql.raw('<>'),
  lt: sql.raw('<'),
  lte: sql.raw('<='),
  gt: sql.raw('>'),
  gte: sql.raw('>='),
} as const;

/** As `holds` of journeys: what is not known fits nothing; numbers compare with numbers, texts with texts by their bytes. */
function fieldMatches(condition: FieldCondition): SQL {
  const field = fieldOf(condition.field);
  if (condition.op === 'known') return sure(sql`${field.type} <> 'NULL'`);
  if (condition.op === 'in') {
    if (condition.value.length === 0) return sql`FALSE`;
    const parts = condition.value.map((value) => compared(field, { op: 'eq', value }));
    return sure(sql`(${sql.join(parts, sql` OR `)})`);
  }
  const { op, value } = condition;
  if (op === 'ne')
    return sure(sql`${field.type} <> 'NULL' AND NOT ${sure(compared(field, { op: 'eq', value }))}`);
  return sure(compared(field, { op, value }));
}

function compared(
  { type, text }: { readonly type: SQL; readonly text: SQL },
  { op, value }: { readonly op: keyof typeof SIGNS; readonly value: string | number | boolean },
): SQL {
  const sign = SIGNS[op];
  if (typeof value === 'number') return sql`(${isNumber(type)} AND ${text} + 0E0 ${sign} ${value})`;
  if (typeof value === 'boolean')
    return op === 'eq' ? sql`(${type} = 'BOOLEAN' AND ${text} = ${value ? 'true' : 'false'})` : sql`FALSE`;
  // As bytes: no collation folds case or forgets blanks at the end.
  return sql`(${type} = 'STRING' AND CAST(${text} AS BINARY) ${sign} CAST(${value} AS BINARY))`;
}

function isNumber(type: SQL): SQL {
  return sql`${type} IN ('INTEGER', 'UNSIGNED INTEGER', 'DOUBLE', 'DECIMAL')`;
}

/** Comparisons with what is not there are false, so that `not` of them is true. */
function sure(condition: SQL): SQL {
  return sql`COALESCE(${condition}, FALSE)`;
}

function inSegment(segment: 'critical' | 'urgent' | 'optimize'): SQL {
  const [red, orange] = [marks('red'), marks('orange')];
  const critical = sql`${red} >= 2`;
  const urgent = sql`(${red} = 1 OR (${red} < 2 AND ${orange} >= 2))`;
  if (segment === 'critical') return sql`(${critical})`;
  return segment === 'urgent' ? urgent : sql`NOT (${critical} OR ${urgent})`;
}

/** A whole number above 0, or 0. */
function marks(name: string): SQL {
  const { type, text } = fieldOf(name);
  const number = sql`${text} + 0E0`;
  return sql`(CASE WHEN ${isNumber(type)} AND ${number} > 0 AND FLOOR(${number}) = ${number} THEN ${number} ELSE 0 END)`;
}
