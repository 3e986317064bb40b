/**
 * How much memory a worker's own objects may take. V8 otherwise lets garbage grow with the machine's memory; this
 * keeps a worker below 400 MB in all, at a tenth of its speed under full load (bench/README.md).
 */
export const WORKER_HEAP = ['--max-old-space-size=160', '--max-semi-space-size=8'];
