/** Several values a key, in the order in which they came. */
export class MultiMap<K, V> {
  readonly #values = new Map<K, V[]>();

  get(key: K): readonly V[] {
    return this.#values.get(key) ?? [];
  }

  add(key: K, value: V): void {
    const values = this.#values.get(key);
    if (values === undefined) {
      this.#values.set(key, [value]);
    } else {
      values.push(value);
    }
  }

  clear(): void {
    this.#values.clear();
  }
}
