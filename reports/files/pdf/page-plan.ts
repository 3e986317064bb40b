import type { PreparedRow } from './table-pages.ts';

/** Which rows stand together on one page, or side by side on one page for each band. */
export interface PagePlan {
  readonly blocks: readonly (readonly PreparedRow[])[];
  /** Whether the first block begins below the title. */
  readonly startsOnTitlePage: boolean;
  /** Height that is left below the last row. */
  readonly room: number;
}

export interface PagePlanner {
  /** @returns false when the document is full: the row has no place any more */
  add(row: PreparedRow): boolean;
  /** All rows so far; without any, one block of none, for the header. */
  plan(): PagePlan;
}

/** Heights are points that rows may take up. */
export function createPagePlanner({
  belowTitle,
  wholePage,
  bands,
  mostPages,
}: {
  readonly belowTitle: number;
  readonly wholePage: number;
  readonly bands: number;
  readonly mostPages: number;
}): PagePlanner {
  const blocks: PreparedRow[][] = [[]];
  let startsOnTitlePage = true;
  let room = belowTitle;

  return {
    add(row) {
      let block = blocks.at(-1) ?? [];
      if (row.height > room) {
        if (block.length === 0) {
          startsOnTitlePage = false;
        } else {
          if (pagesOf({ blocks: blocks.length + 1, bands, startsOnTitlePage }) > mostPages) return false;
          block = [];
          blocks.push(block);
        }
        room = wholePage;
      }
      block.push(row);
      room -= row.height;
      return true;
    },
    plan: () => ({ blocks, startsOnTitlePage, room }),
  };
}

/** With the page of the title. */
export function pagesOf({
  blocks,
  bands,
  startsOnTitlePage,
}: {
  readonly blocks: number;
  readonly bands: number;
  readonly startsOnTitlePage: boolean;
}): number {
  return blocks * bands + (startsOnTitlePage ? 0 : 1);
}
