import { lookUpMessage } from '../../db/message-list.ts';
import type { Message } from '../../db/messages.ts';
import type { Executor } from '../../db/pool.ts';
import { SluiceError } from '../../domain/errors.ts';
import { visibleText } from '../visible-text.ts';

/** @throws SluiceError `message_unknown` */
export async function findOrRefuse(db: Executor, word: string): Promise<Message> {
  const row = await lookUpMessage(db, word);
  if (row !== undefined) return row;
  throw new SluiceError(`there is no message "${visibleText(word, { most: 200 })}"`, {
    code: 'message_unknown',
    hint: 'sluice messages list shows numbers and keys.',
  });
}

/** @throws SluiceError `message_state` when the mail is in none of these states. */
export function requireState(row: Message, states: readonly Message['state'][]): void {
  if (states.includes(row.state)) return;
  throw new SluiceError(`message ${row.id} is ${row.state}, not ${states.join(' or ')}`, {
    code: 'message_state',
    hint: `sluice messages show ${row.id} says what became of it.`,
  });
}
