import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Worker } from '@temporalio/worker';
import { expect, it } from 'vitest';
import { loadSettings } from '../config.ts';
import { workflowBundle } from '../workers/bundle.ts';
import { installRuntime } from '../workers/runtime.ts';

const FOLDER = fileURLToPath(new URL('./histories', import.meta.url));
const histories = readdirSync(FOLDER, { recursive: true, encoding: 'utf8' }).filter((name) =>
  name.endsWith('.json'),
);

it('has histories to replay', () => {
  expect(histories.length).toBeGreaterThan(0);
});

it.each(histories)('replays %s: a run that is under way survives this version', async (name) => {
  installRuntime('error');
  const history = JSON.parse(readFileSync(`${FOLDER}/${name}`, 'utf8')) as History;
  const codePath = await workflowBundle(loadSettings({ directory: FOLDER }).home);
  const replay = Worker.runReplayHistory({ workflowBundle: { codePath } }, history, workflowIdOf(history));
  await expect(replay).resolves.toBeUndefined();
});

interface History {
  readonly events: readonly {
    readonly workflowExecutionStartedEventAttributes?: { readonly workflowId?: string };
  }[];
}

/** Ids of children are made of it. */
function workflowIdOf({ events }: History): string | undefined {
  return events[0]?.workflowExecutionStartedEventAttributes?.workflowId;
}
