import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { MailChart } from '../domain/mail-chart.ts';
import { createTurns } from '../domain/turns.ts';

export interface ChartDrawer {
  /**
   * The image of a chart, as `mailChartPng` makes it.
   * @throws SluiceError `busy` when too many wait; Error when it cannot be drawn.
   */
  draw(chart: MailChart): Promise<Buffer>;
  close(): Promise<void>;
}

/** Some seconds of drawing. */
const MOST_WAITING = 100;
const MOST_MEGABYTES = 256;

type Drawn = { readonly png: Uint8Array } | { readonly problem: string };

/**
 * Draws charts in a thread of its own, one after the other, so that a process that answers requests goes on answering:
 * a drawing takes some hundredths of a second of pure computing. The thread is started by the first chart, and again when
 * it has died.
 */
export function createChartDrawer(): ChartDrawer {
  const turn = createTurns({ atOnce: 1, waiting: MOST_WAITING });
  let thread: Worker | undefined;

  return {
    draw: (chart) => turn(() => drawn(chart)),
    close: async () => {
      await thread?.terminate();
    },
  };

  async function drawn(chart: MailChart): Promise<Buffer> {
    const worker = (thread ??= startThread());
    const settled = new AbortController();
    try {
      worker.ref();
      worker.postMessage(chart, []);
      const { signal } = settled;
      const [answer] = (await Promise.race([
        once(worker, 'message', { signal }),
        once(worker, 'exit', { signal }).then(() => [{ problem: 'the thread that draws has ended' }]),
      ])) as [Drawn];
      if ('problem' in answer) throw new Error(`a chart was not drawn: ${answer.problem}`);
      return Buffer.from(answer.png.buffer, answer.png.byteOffset, answer.png.byteLength);
    } finally {
      settled.abort();
      // While idle it keeps no process alive.
      worker.unref();
    }
  }

  function startThread(): Worker {
    const worker = new Worker(new URL('./mail-chart-thread.ts', import.meta.url), {
      resourceLimits: { maxOldGenerationSizeMb: MOST_MEGABYTES },
    });
    const forget = () => {
      if (thread === worker) thread = undefined;
    };
    worker.once('error', forget);
    worker.once('exit', forget);
    return worker;
  }
}
