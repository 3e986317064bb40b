/** One change to the state, as it stands in the journal. */
export type Change =
  | { readonly put: string; readonly key: string | number; readonly value: unknown }
  | { readonly drop: string; readonly key: string | number }
  | { readonly add: string; readonly value: unknown }
  | { readonly last: string; readonly id: number };

/** A change as read back: the journal is a file, so nothing about it is certain but its shape. */
export interface ReplayedChange {
  readonly put?: string;
  readonly drop?: string;
  readonly add?: string;
  readonly last?: string;
  readonly key?: string | number;
  readonly value?: unknown;
  readonly id?: number;
}

type Write = (change: Change) => void;
type Watch<V> = (change: { readonly before: V | undefined; readonly after: V | undefined }) => void;

/** What the state needs of every collection: to replay it, to write it down anew and to empty it. */
export interface Collection {
  readonly name: string;
  replay(change: ReplayedChange): void;
  changes(): Iterable<Change>;
  clear(): void;
}

/** Rows by key, served from memory; each change goes to the journal with the next commit. Rows are never mutated. */
export class Table<K extends string | number, V> implements Collection {
  readonly name: string;
  readonly #write: Write;
  readonly #watch: Watch<V> | undefined;
  readonly #rows = new Map<K, V>();
  /** Highest number ever used as a key; an id is not given out twice, also after its row was deleted. */
  #lastId = 0;

  constructor(name: string, write: Write, watch?: Watch<V>) {
    this.name = name;
    this.#write = write;
    this.#watch = watch;
  }

  get size(): number {
    return this.#rows.size;
  }

  get(key: K): V | undefined {
    return this.#rows.get(key);
  }

  has(key: K): boolean {
    return this.#rows.has(key);
  }

  values(): IterableIterator<V> {
    return this.#rows.values();
  }

  /** The next free numeric key. */
  nextId(): number {
    return this.#lastId + 1;
  }

  put(key: K, value: V): V {
    this.#set(key, value);
    this.#write({ put: this.name, key, value });
    return value;
  }

  delete(key: K): void {
    if (this.#unset(key)) {
      this.#write({ drop: this.name, key });
    }
  }

  replay(change: ReplayedChange): void {
    if (change.last !== undefined) {
      this.#lastId = Math.max(this.#lastId, change.id ?? 0);
    } else if (change.put !== undefined) {
      this.#set(change.key as K, change.value as V);
    } else {
      this.#unset(change.key as K);
    }
  }

  *changes(): Iterable<Change> {
    for (const [key, value] of this.#rows) {
      yield { put: this.name, key, value };
    }
    yield { last: this.name, id: this.#lastId };
  }

  clear(): void {
    this.#rows.clear();
    this.#lastId = 0;
  }

  #set(key: K, value: V): void {
    const before = this.#rows.get(key);
    this.#rows.set(key, value);
    if (typeof key === 'number') {
      this.#lastId = Math.max(this.#lastId, key);
    }
    this.#watch?.({ before, after: value });
  }

  #unset(key: K): boolean {
    const before = this.#rows.get(key);
    const existed = this.#rows.delete(key);
    if (existed) {
      this.#watch?.({ before, after: undefined });
    }
    return existed;
  }
}

/** Entries in the order in which they happened; nothing is ever changed or taken out. */
export class Log<V> implements Collection {
  readonly name: string;
  readonly #write: Write;
  readonly #watch: ((entry: V) => void) | undefined;
  readonly #entries: V[] = [];

  constructor(name: string, write: Write, watch?: (entry: V) => void) {
    this.name = name;
    this.#write = write;
    this.#watch = watch;
  }

  get size(): number {
    return this.#entries.length;
  }

  entries(): readonly V[] {
    return this.#entries;
  }

  append(entry: V): V {
    this.#add(entry);
    this.#write({ add: this.name, value: entry });
    return entry;
  }

  replay(change: ReplayedChange): void {
    this.#add(change.value as V);
  }

  *changes(): Iterable<Change> {
    for (const value of this.#entries) {
      yield { add: this.name, value };
    }
  }

  clear(): void {
    this.#entries.length = 0;
  }

  #add(entry: V): void {
    this.#entries.push(entry);
    this.#watch?.(entry);
  }
}
