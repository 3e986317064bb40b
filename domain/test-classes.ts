import type { TestClass } from './intake.ts';

/** One row of simpletest_test; `Id` is not unique there, `newid` is its key. */
export interface TestRow {
  readonly newid: number;
  readonly id: number;
  readonly langId: number | null;
}

/** What each test is. Of several rows with one Id the one with the smallest newid decides. */
export function classifyTests(tests: readonly TestRow[], languageIds: ReadonlySet<number>): TestClasses {
  const deciding = new Map<number, TestRow>();
  for (const row of tests) {
    const other = deciding.get(row.id);
    if (other === undefined || row.newid < other.newid) deciding.set(row.id, row);
  }
  const classes = new Map<number, TestClass>();
  for (const [id, row] of deciding) classes.set(id, classOf(row.langId, languageIds));
  return {
    of: (testId) => (testId === null ? 'unknown_test' : (classes.get(testId) ?? 'unknown_test')),
    entries: () => [...classes].toSorted(([a], [b]) => a - b),
  };
}

export interface TestClasses {
  of(testId: number | null): TestClass;
  /** Sorted by test id, so that equal classifications read the same. */
  entries(): readonly (readonly [number, TestClass])[];
}

function classOf(langId: number | null, languageIds: ReadonlySet<number>): TestClass {
  if (langId !== null && languageIds.has(langId)) return 'language';
  return langId === null || langId === 0 ? 'non_language' : 'unclassified_test';
}
