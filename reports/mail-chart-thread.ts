import { parentPort } from 'node:worker_threads';
import type { MailChart } from '../domain/mail-chart.ts';
import { mailChartPng } from './mail-chart.ts';

// What runs in the thread of a chart drawer: a chart in, its image or what went wrong out, one at a time; both are copied.
parentPort?.on('message', (chart: MailChart) => {
  mailChartPng(chart).then(
    (png) => parentPort?.postMessage({ png }, []),
    (error: unknown) => parentPort?.postMessage({ problem: String(error) }, []),
  );
});
