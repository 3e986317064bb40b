/** What the parent asks the process that holds a SQLite file (sqlite-child.ts); one question at a time. */
export type SqliteQuestion =
  | {
      readonly ask: 'open';
      readonly file: string;
      /** The process ends itself after this time, or when its parent is gone. */
      readonly timeoutMs: number;
      readonly heapBytes: number;
    }
  | { readonly ask: 'describe' | 'query'; readonly sql: string; readonly values: readonly SqliteValue[] }
  | { readonly ask: 'next'; readonly rows: number }
  | { readonly ask: 'tables' }
  | { readonly ask: 'version' };

export type SqliteValue = string | number | bigint | Uint8Array | null;
export type SqliteRow = readonly SqliteValue[];

/** What `next` answers; there may be fewer rows than asked for, also where more follow. */
export interface SqliteBatch {
  readonly rows: readonly SqliteRow[];
  readonly ended: boolean;
}

export interface SqliteColumnInfo {
  readonly name: string;
  /** As declared; null for an expression. */
  readonly type: string | null;
}

export type SqliteAnswer =
  | { readonly ok: true; readonly value: unknown }
  | {
      readonly ok: false;
      readonly message: string;
      /** SQLite's primary result code; undefined for what is no error of SQLite. */
      readonly code: number | undefined;
      /** What the authorizer has refused, if that is why. */
      readonly refused: string | undefined;
    };
