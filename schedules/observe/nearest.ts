const SHOWN = 3;

/** Those of `ids` that a mistyped one most likely meant, nearest first. */
export function nearestIds(id: string, ids: readonly string[]): readonly string[] {
  const wanted = id.toLowerCase();
  return ids
    .map((one) => ({
      one,
      distance: one.includes(wanted) || wanted.includes(one) ? 1 : distance(wanted, one),
    }))
    .filter(({ one, distance: far }) => far <= Math.max(2, Math.min(wanted.length, one.length) / 2))
    .sort((a, b) => a.distance - b.distance || (a.one < b.one ? -1 : 1))
    .slice(0, SHOWN)
    .map(({ one }) => one);
}

/** Levenshtein: letters to insert, delete or replace. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, at) => at);
  for (const [i, letter] of Array.from(a).entries()) {
    const next = [i + 1];
    for (const [j, other] of Array.from(b).entries()) {
      next.push(
        Math.min((row[j + 1] ?? 0) + 1, (next[j] ?? 0) + 1, (row[j] ?? 0) + (letter === other ? 0 : 1)),
      );
    }
    row = next;
  }
  return row.at(-1) ?? 0;
}
