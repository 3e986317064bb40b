import { Client, Connection } from '@temporalio/client';
import { openDatabase } from '../../db/pool.ts';
import { syncReport } from '../../workers/report-sync.ts';
import { withHook } from './own-temporal.ts';

/** Brings a report in line, and is killed at a moment of it: `sluice` at its worst. Run by report-sync.test.ts. */

const [databaseUrl = '', address = '', taskQueue = '', id = '', moment = ''] = process.argv.slice(2);
const die = async () => {
  process.kill(process.pid, 'SIGKILL');
  // What is called next must not begin.
  await new Promise(() => undefined);
};

const connection = await Connection.connect({ address });
const plain = new Client({ connection });
const client =
  moment === 'before'
    ? withHook(plain, { createSchedule: die, updateSchedule: die, deleteSchedule: die })
    : plain;
const database = openDatabase(databaseUrl);
if (moment === 'after') {
  // Once Temporal has it, the next thing is the note in the row.
  const { orm } = database;
  const update = orm.update.bind(orm);
  orm.update = (table) => {
    process.kill(process.pid, 'SIGKILL');
    return update(table);
  };
}
await syncReport({ database, client, owner: { profile: 'production', taskQueue }, id });
