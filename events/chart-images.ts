import type { MailChart } from '../domain/mail-chart.ts';

export interface ChartImages {
  /** Drawn already. */
  cached(token: string): Buffer | undefined;
  /** @throws what drawing throws: SluiceError `busy` when too many wait. */
  get(token: string, chart: MailChart): Promise<Buffer>;
}

const MOST_BYTES = 32 * 1024 * 1024;

/**
 * Images of charts by the token of their address. Those last asked for are kept, up to 32 MB; of one that is being drawn
 * everybody who asks gets the same drawing.
 */
export function createChartImages({
  draw,
  onDone,
  mostBytes = MOST_BYTES,
}: {
  readonly draw: (chart: MailChart) => Promise<Buffer>;
  readonly onDone: (outcome: 'drawn' | 'cached' | 'failed') => void;
  readonly mostBytes?: number;
}): ChartImages {
  // A map keeps the order of insertion: what was used longest ago is first.
  const kept = new Map<string, Buffer>();
  const underWay = new Map<string, Promise<Buffer>>();
  let bytes = 0;

  return {
    cached: (token) => kept.get(token),
    async get(token, chart) {
      const known = kept.get(token) ?? underWay.get(token);
      if (known !== undefined) {
        if (known instanceof Buffer) keep(token, known);
        onDone('cached');
        return known;
      }
      const drawing = draw(chart);
      underWay.set(token, drawing);
      try {
        const image = await drawing;
        keep(token, image);
        onDone('drawn');
        return image;
      } catch (error) {
        onDone('failed');
        throw error;
      } finally {
        underWay.delete(token);
      }
    },
  };

  function keep(token: string, image: Buffer): void {
    bytes += image.length - (kept.get(token)?.length ?? 0);
    kept.delete(token);
    kept.set(token, image);
    for (const [oldest, { length }] of kept) {
      if (bytes <= mostBytes) return;
      kept.delete(oldest);
      bytes -= length;
    }
  }
}
