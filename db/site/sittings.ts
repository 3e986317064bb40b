import type { Sitting } from '../../domain/intake.ts';
import type { SiteClock } from '../../domain/site-clock.ts';
import { classifyTests, type TestClasses } from '../../domain/test-classes.ts';
import { isCompleted } from './completed.ts';
import type { SiteConnection } from './connection.ts';
import type { SiteMapping } from './mapping.ts';

/** What is in one hour of the site's clock: how many sittings, and a digest that changes when any of them does. */
export interface SiteHour {
  /** `YYYY-MM-DD HH`, the site's zone. */
  readonly hour: string;
  readonly sittings: number;
  readonly digest: string;
}

/** Site hours from `from` up to and including `to`, both `YYYY-MM-DD HH`. */
interface HourRange {
  readonly from: string;
  readonly to: string;
}

/** A place between two sittings in the order (Datep, Id). */
export interface SittingCursor {
  readonly datep: string;
  readonly id: number;
}

interface SittingPage {
  readonly sittings: readonly Sitting[];
  /** `undefined` after the last page. */
  readonly next: SittingCursor | undefined;
}

export interface SittingsReader {
  testClasses(): Promise<TestClasses>;
  /** Hours that hold completed sittings, oldest first. Read in one pass that returns a row an hour. */
  hours(range: HourRange): Promise<readonly SiteHour[]>;
  page(input: {
    readonly range: HourRange;
    readonly after: SittingCursor | undefined;
    readonly limit: number;
    readonly classes: TestClasses;
  }): Promise<SittingPage>;
}

export function createSittingsReader(
  site: SiteConnection,
  {
    mapping,
    clock,
    completedStatuses,
  }: {
    readonly mapping: SiteMapping;
    readonly clock: SiteClock;
    readonly completedStatuses: readonly number[];
  },
): SittingsReader {
  const users = mapping.table('simpletest_users');
  const id = mapping.column('simpletest_users', 'Id');
  const email = mapping.column('simpletest_users', 'Email');
  const testId = mapping.column('simpletest_users', 'TestId');
  const datep = mapping.column('simpletest_users', 'Datep');
  const completed = isCompleted(mapping, completedStatuses);
  const between = `${datep} >= ? AND ${datep} <= ? AND ${completed}`;

  return {
    async testClasses() {
      const tests = mapping.table('simpletest_test');
      const column = (name: 'newid' | 'Id' | 'LangId') => mapping.column('simpletest_test', name);
      const [rows, languages] = await Promise.all([
        site.read<{ newid: unknown; id: unknown; langId: unknown }>(
          `SELECT ${column('newid')} AS newid, ${column('Id')} AS id, ${column('LangId')} AS langId FROM ${tests}`,
        ),
        site.read<{ id: unknown }>(
          `SELECT ${mapping.column('simpletest_lang', 'Id')} AS id FROM ${mapping.table('simpletest_lang')}`,
        ),
      ]);
      return classifyTests(
        rows
          .filter((row) => row.id !== null)
          .map((row) => ({ newid: Number(row.newid), id: Number(row.id), langId: numberOrNull(row.langId) })),
        new Set(languages.map((row) => Number(row.id))),
      );
    },

    async hours(range) {
      const row = [id, email, testId, datep].map(asBytes).join(", '|', ");
      const rows = await site.read<{ hour: string; sittings: number | string; digest: number | string }>(
        `SELECT LEFT(CAST(${datep} AS CHAR), 13) AS hour, COUNT(*) AS sittings,
           CAST(BIT_XOR(CAST(CONV(LEFT(MD5(CONCAT(${row})), 16), 16, 10) AS UNSIGNED)) AS CHAR) AS digest
         FROM ${users} WHERE ${between} GROUP BY 1 ORDER BY 1`,
        bounds(range),
      );
      return rows.map((one) => ({
        hour: one.hour,
        sittings: Number(one.sittings),
        digest: `${one.digest}`,
      }));
    },

    async page({ range, after, limit, classes }) {
      const rows = await site.read<{ id: unknown; email: unknown; testId: unknown; datep: unknown }>(
        `SELECT ${id} AS id, ${email} AS email, ${testId} AS testId, CAST(${datep} AS CHAR) AS datep
         FROM ${users} WHERE ${between} ${after === undefined ? '' : `AND (${datep} > ? OR (${datep} = ? AND ${id} > ?))`}
         ORDER BY ${datep}, ${id} LIMIT ${limit}`,
        [
          ...(after === undefined ? bounds(range) : [after.datep, bounds(range)[1]]),
          ...(after === undefined ? [] : [after.datep, after.datep, after.id]),
        ],
      );
      const last = rows.at(-1);
      return {
        sittings: rows.flatMap((row) => toSitting(row, { clock, classes })),
        next:
          rows.length < limit || last === undefined
            ? undefined
            : { datep: String(last.datep), id: Number(last.id) },
      };
    },
  };
}

function bounds({ from, to }: HourRange): readonly [string, string] {
  return [`${from}:00:00`, `${to}:59:59.999999`];
}

/** CHAR(1) stands for NULL, so that NULL and an empty text differ; BINARY keeps a digest free of collations. */
function asBytes(column: string): string {
  return `IFNULL(CAST(${column} AS BINARY), CHAR(1))`;
}

function toSitting(
  row: { readonly id: unknown; readonly email: unknown; readonly testId: unknown; readonly datep: unknown },
  { clock, classes }: { readonly clock: SiteClock; readonly classes: TestClasses },
): readonly Sitting[] {
  const testedAt = clock.toUtc(String(row.datep));
  if (testedAt === undefined) return [];
  const testId = numberOrNull(row.testId);
  return [
    {
      id: Number(row.id),
      rawEmail: textOrNull(row.email),
      testId,
      testClass: classes.of(testId),
      testedAt,
    },
  ];
}

export function numberOrNull(value: unknown): number | null {
  return value === null || value === undefined ? null : Number(value);
}

/** BINARY and BLOB columns come as bytes. */
export function textOrNull(value: unknown): string | null {
  if (value === null || value === undefined) return null;
  if (Buffer.isBuffer(value)) return value.toString('utf8');
  return typeof value === 'string' ? value : JSON.stringify(value);
}
