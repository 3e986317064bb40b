/** Rows in one statement: large enough to be quick, small enough for every server's packet and parser. */
const CHUNK = 2_000;

export function chunks<T>(items: readonly T[], size: number = CHUNK): readonly (readonly T[])[] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, index) =>
    items.slice(index * size, (index + 1) * size),
  );
}
