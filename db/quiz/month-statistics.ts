import { type EarlierSums, figuresOf, MICROS, type MonthFigures } from '../../domain/quiz/figures.ts';
import type { ReportMonth } from '../../domain/quiz/month.ts';
import type { QuizConnection } from './connection.ts';
import { type QuizShape, tableOf } from './shape.ts';

export interface UserMonth {
  readonly userId: number;
  readonly figures: MonthFigures;
}

type SumRow = Readonly<Record<string, string | number | null>>;

/**
 * The month of every active user, in the order of their ids: one statement that goes through the scores of six months
 * once, and counts, ranks and compares all users together. Rows come one by one, so that memory does not grow with users.
 */
export async function* readMonthStatistics(
  quiz: Pick<QuizConnection, 'stream'>,
  { shape, month }: { readonly shape: QuizShape; readonly month: ReportMonth },
): AsyncGenerator<UserMonth, void, undefined> {
  const { sql, values } = statement({ shape, month });
  for await (const row of quiz.stream<SumRow>(sql, values)) yield toUserMonth(row);
}

function statement({ shape, month }: { readonly shape: QuizShape; readonly month: ReportMonth }): {
  readonly sql: string;
  readonly values: readonly string[];
} {
  const score = (name: 'userId' | 'attemptedAt' | 'percentage' | 'passed' | 'taken') =>
    shape.column('scores', name, { alias: 'a' });
  const micros = `CAST(ROUND(${score('percentage')} * ${MICROS}) AS SIGNED)`;
  const user = (name: 'id' | 'isActive' | 'isAdmin') => shape.column('users', name, { alias: 'u' });
  const [first = 0, ...later] = month.bounds;
  const end = later.at(-1) ?? first;
  const starts = later.slice(0, -1);
  const last = starts.length;
  const monthOf = starts.map(() => `(${score('attemptedAt')} >= ?)`).join(' + ') || '0';
  const pivot = Array.from({ length: last + 1 }, (_, index) =>
    ['attempts', 'marked', 'micros'].map((name) => `SUM(IF(m = ${index}, ${name}, 0)) AS ${name}${index}`),
  ).flat();
  // Sorted by user and month and added up on the way (SQL_BIG_RESULT): a server that looks each pair up in a table of
  // sums, as it would by itself, takes several times as long.
  const sql = `
    SELECT x.*,
      RANK() OVER (PARTITION BY isRanked ORDER BY meanMicros DESC) AS place,
      COUNT(*) OVER (PARTITION BY isRanked) AS ranked
    FROM (
      SELECT ${user('id')} AS userId, s.*,
        IF(${user('isAdmin')}, 0, COALESCE(s.attempts${last}, 0) > 0) AS isRanked,
        IF(s.marked${last} > 0, (2 * s.micros${last} + s.marked${last}) DIV (2 * s.marked${last}), NULL) AS meanMicros
      FROM ${tableOf('users')} u
      LEFT JOIN (
        SELECT SQL_BIG_RESULT scorer, ${pivot.join(', ')},
          MAX(IF(m = ${last}, best, NULL)) AS best, SUM(IF(m = ${last}, passes, 0)) AS passed,
          SUM(IF(m = ${last}, taken, 0)) AS seconds
        FROM (
          SELECT SQL_BIG_RESULT ${score('userId')} AS scorer, ${monthOf} AS m, COUNT(*) AS attempts,
            COUNT(${score('percentage')}) AS marked, COALESCE(SUM(${micros}), 0) AS micros, MAX(${micros}) AS best,
            SUM(IF(${score('passed')}, 1, 0)) AS passes, SUM(COALESCE(${score('taken')}, 0)) AS taken
          FROM ${tableOf('scores')} a
          WHERE ${score('attemptedAt')} >= ? AND ${score('attemptedAt')} < ?
          GROUP BY scorer, m
        ) months GROUP BY scorer
      ) s ON s.scorer = ${user('id')}
      WHERE IF(${user('isActive')}, 1, 0) = 1
    ) x ORDER BY userId`;
  return { sql, values: [...starts, first, end].map(naiveUtc) };
}

/** As DATETIME values are written: UTC, without a zone. */
function naiveUtc(ms: number): string {
  return new Date(ms).toISOString().replace('T', ' ').replace('Z', '');
}

function toUserMonth(row: SumRow): UserMonth {
  const of = (name: string) => Number(row[name] ?? 0);
  const sums = (index: number): EarlierSums => ({
    attempts: of(`attempts${index}`),
    marked: of(`marked${index}`),
    micros: of(`micros${index}`),
  });
  const last = Object.keys(row).filter((name) => /^attempts\d+$/.test(name)).length - 1;
  return {
    userId: Number(row.userId),
    figures: figuresOf({
      sums: {
        ...sums(last),
        bestMicros: row.best === null || row.best === undefined ? undefined : Number(row.best),
        passed: of('passed'),
        seconds: Math.round(of('seconds')),
      },
      earlier: Array.from({ length: last }, (_, index) => sums(index)),
      rank: of('isRanked') === 1 ? { place: of('place'), of: of('ranked') } : null,
    }),
  };
}
