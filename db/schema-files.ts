import { sql } from 'drizzle-orm';
import { bigint, customType, index, int, mysqlTable, primaryKey } from 'drizzle-orm/mysql-core';
import { human, moment, oneOf, reference, serial, word } from './columns.ts';

/** Up to 16 MB; a chunk of an artefact is 1 MB. */
const content = customType<{ data: Buffer }>({ dataType: () => 'mediumblob' });

export const ARTEFACT_STATES = ['writing', 'ready'] as const;

/** Files that flows have made: reports, exports, pages. They go out as links or attachments and are gone when they expire. */
export const artefacts = mysqlTable(
  'artefacts',
  {
    id: serial('id'),
    /** As people see it when they save it. */
    name: human('name', { length: 255 }).notNull(),
    mediaType: word('media_type', { length: 100 }).notNull(),
    /** Not whole while it is `writing`, or is being deleted. */
    state: oneOf('state', ARTEFACT_STATES).notNull(),
    bytes: bigint('bytes', { mode: 'number', unsigned: true }).notNull().default(0),
    /** Hex; blank until it is whole. */
    sha256: word('sha256', { length: 64 }).notNull().default(''),
    createdAt: moment('created_at').notNull().default(sql`CURRENT_TIMESTAMP(3)`),
    expiresAt: moment('expires_at').notNull(),
  },
  (t) => [index('artefacts_expires_at').on(t.expiresAt), index('artefacts_state').on(t.state, t.createdAt)],
);

export const artefactChunks = mysqlTable(
  'artefact_chunks',
  {
    artefactId: reference('artefact_id').notNull(),
    /** From 0, without gaps. */
    number: int('number', { unsigned: true }).notNull(),
    content: content('content').notNull(),
  },
  (t) => [primaryKey({ columns: [t.artefactId, t.number] })],
);
