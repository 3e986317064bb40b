import type { Offer } from '../../domain/quiz/offers.ts';
import type { QuizConnection } from './connection.ts';
import { type QuizShape, tableOf } from './shape.ts';

export interface OffersReader {
  /** All active quizzes, newest first. */
  active(): Promise<readonly Offer[]>;
  /** Quizzes that each of these users has attempted, by user. */
  attempted(userIds: readonly number[]): Promise<ReadonlyMap<number, ReadonlySet<number>>>;
}

export function createOffersReader(quiz: Pick<QuizConnection, 'read'>, shape: QuizShape): OffersReader {
  const column = {
    quiz: (name: 'id' | 'name' | 'isActive' | 'chapterId' | 'createdAt') =>
      shape.column('quizzes', name, { alias: 'q' }),
    chapter: (name: 'id' | 'name' | 'subjectId') => shape.column('chapters', name, { alias: 'c' }),
    subject: (name: 'id' | 'name') => shape.column('subjects', name, { alias: 's' }),
    score: (name: 'userId' | 'quizId') => shape.column('scores', name, { alias: 'a' }),
  };
  return {
    async active() {
      const rows = await quiz.read<{ id: unknown; name: unknown; chapter: unknown; subject: unknown }>(
        `SELECT ${column.quiz('id')} AS id, ${column.quiz('name')} AS name,
           ${column.chapter('name')} AS chapter, ${column.subject('name')} AS subject
         FROM ${tableOf('quizzes')} q
         LEFT JOIN ${tableOf('chapters')} c ON ${column.chapter('id')} = ${column.quiz('chapterId')}
         LEFT JOIN ${tableOf('subjects')} s ON ${column.subject('id')} = ${column.chapter('subjectId')}
         WHERE IF(${column.quiz('isActive')}, 1, 0) = 1
         ORDER BY ${column.quiz('createdAt')} DESC, ${column.quiz('id')} DESC`,
      );
      return rows.map(({ id, name, chapter, subject }) => ({
        quizId: Number(id),
        name: words(name) ?? `Quiz ${Number(id)}`,
        place: [words(subject), words(chapter)].filter((part) => part !== undefined).join(' · '),
      }));
    },
    async attempted(userIds) {
      const found = new Map<number, Set<number>>();
      if (userIds.length === 0) return found;
      const rows = await quiz.read<{ userId: unknown; quizId: unknown }>(
        `SELECT DISTINCT ${column.score('userId')} AS userId, ${column.score('quizId')} AS quizId
         FROM ${tableOf('scores')} a WHERE ${column.score('userId')} IN (?)`,
        [userIds],
      );
      for (const { userId, quizId } of rows) {
        const quizzes = found.get(Number(userId)) ?? new Set<number>();
        found.set(Number(userId), quizzes.add(Number(quizId)));
      }
      return found;
    },
  };
}

function words(value: unknown): string | undefined {
  const text = Buffer.isBuffer(value) ? value.toString('utf8') : typeof value === 'string' ? value : '';
  return text.trim() === '' ? undefined : text.trim();
}
