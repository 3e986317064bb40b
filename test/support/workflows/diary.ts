import {
  ApplicationFailure,
  condition,
  defineQuery,
  defineSignal,
  proxyActivities,
  setCurrentDetails,
  setHandler,
  sleep,
} from '@temporalio/workflow';

/** A flow for tests of encryption: what it is told passes through every kind of payload. */

interface DiaryActivities {
  write(note: string): Promise<string>;
}

const { write } = proxyActivities<DiaryActivities>({
  startToCloseTimeout: '10 seconds',
  retry: { maximumAttempts: 1 },
});

export const noteSignal = defineSignal<[string]>('note');
export const notesQuery = defineQuery<readonly string[]>('notes');

/** Writes down each note by an activity until one says `end`; fails with the note that begins with `fail`. */
export async function diary(first: string): Promise<readonly string[]> {
  const told = [first];
  const written: string[] = [];
  setHandler(noteSignal, (note) => {
    told.push(note);
  });
  setHandler(notesQuery, () => written);
  for (;;) {
    await condition(() => told.length > 0);
    const note = told.shift() ?? '';
    if (note === 'end') return written;
    if (note.startsWith('fail')) throw ApplicationFailure.nonRetryable(note, 'told_to', note);
    setCurrentDetails(note);
    await sleep('1 millisecond', { summary: note });
    written.push(await write.executeWithOptions({ summary: note }, [note]));
  }
}
