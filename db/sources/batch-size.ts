/** Batches stay near this size, so that wide rows do not fill the memory where narrow ones would not. */
export const BATCH_BYTES = 1_000_000;

/** Roughly what the values of a row take. */
export function bytesOf(row: readonly unknown[]): number {
  let bytes = 0;
  for (const value of row) {
    bytes += 8;
    if (typeof value === 'string') bytes += value.length;
    else if (value instanceof Uint8Array) bytes += value.byteLength;
  }
  return bytes;
}

/** How many rows to ask for next, after a batch of known size. */
export function rowsForBatch({
  batch,
  most,
}: {
  readonly batch: readonly (readonly unknown[])[];
  readonly most: number;
}): number {
  const bytes = batch.reduce((sum, row) => sum + bytesOf(row), 0);
  const average = Math.max(1, bytes / Math.max(1, batch.length));
  return Math.min(most, Math.max(1, Math.floor(BATCH_BYTES / average)));
}
