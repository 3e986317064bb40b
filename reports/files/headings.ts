import type { Column } from './table.ts';

/**
 * What stands above each column, the same in every format: its name; `column 3` where it has none; `name (2)` where
 * another column before it is called the same, without regard to case, so that each can be told from the others.
 */
export function headings(columns: readonly Column[]): readonly string[] {
  const taken = new Set(columns.map(({ name }) => key(name)));
  const used = new Set<string>();
  return columns.map(({ name }, index) => {
    const wanted = name.trim() === '' ? `column ${index + 1}` : name;
    if (!used.has(key(wanted)) && (wanted === name || !taken.has(key(wanted)))) {
      used.add(key(wanted));
      return wanted;
    }
    for (let number = 2; ; number += 1) {
      const free = `${wanted} (${number})`;
      if (used.has(key(free)) || taken.has(key(free))) continue;
      used.add(key(free));
      return free;
    }
  });
}

function key(name: string): string {
  return name.trim().toLowerCase();
}
