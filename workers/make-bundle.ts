import { renameSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { bundleWorkflowCode } from '@temporalio/worker';

/**
 * `node workers/make-bundle.ts FILE [FAILURE-CONVERTER]`: bundles the workflows into FILE, which appears whole or not at
 * all.
 */
const [file, failureConverterPath] = process.argv.slice(2);
if (file === undefined) throw new Error('name the file to write');
const silent = { log() {}, trace() {}, debug() {}, info() {}, warn() {}, error() {} };
const workflow = (name: string) => fileURLToPath(new URL(`../workflows/${name}`, import.meta.url));
const { code } = await bundleWorkflowCode({
  workflowsPath: workflow('index.ts'),
  workflowInterceptorModules: [workflow('schedule-interceptor.ts')],
  ...(failureConverterPath === undefined ? {} : { failureConverterPath }),
  logger: silent,
});
const unfinished = `${file}.${process.pid}`;
writeFileSync(unfinished, code);
renameSync(unfinished, file);
