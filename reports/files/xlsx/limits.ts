/**
 * What a worksheet can hold.
 * Source: Microsoft, "Excel specifications and limits".
 */
export interface SheetLimits {
  /** With the header. */
  readonly rows: number;
  readonly columns: number;
  /** UTF-16 units in a cell. */
  readonly characters: number;
  /**
   * Bytes of one sheet before compression. A part beyond 4 GiB needs Zip64, which Excel takes for damage when it finds it
   * in a streamed archive.
   */
  readonly bytes: number;
}

export const EXCEL_LIMITS: SheetLimits = {
  rows: 1_048_576,
  columns: 16_384,
  characters: 32_767,
  bytes: 4_000_000_000,
};

/** Decimal digits of a number that Excel keeps; more become zeros without a word. */
export const EXCEL_DIGITS = 15;
