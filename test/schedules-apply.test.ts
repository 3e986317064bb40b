import { expect, inject, it, onTestFinished } from 'vitest';
import { freePort } from '../local/ports.ts';
import { createTemporal } from '../local/temporal.ts';
import { sluice } from './support/command.ts';
import { scratchFolder } from './support/scratch.ts';

/** Schedules belong to a namespace, so this test has a Temporal of its own. */
async function ownTemporal(): Promise<Readonly<Record<string, string>>> {
  const directory = scratchFolder();
  const port = await freePort();
  const server = createTemporal({
    path: inject('temporalPath'),
    directory,
    logFile: `${directory}/temporal.log`,
    namespace: 'default',
    port,
  });
  onTestFinished(() => server.stop());
  await server.start();
  return { TEMPORAL_ADDRESS: `127.0.0.1:${port}`, REPORT_TIMEZONE: 'Europe/Berlin', SLUICE_HOME: directory };
}

interface Listed {
  readonly schedules: readonly {
    readonly id: string;
    readonly state: string;
    readonly note: string;
    readonly next: readonly string[];
  }[];
}

it('applies, lists, pauses and resumes schedules; applying again keeps a pause', async () => {
  const env = await ownTemporal();
  const schedules = (...args: readonly string[]) => sluice(env, 'schedules', ...args);
  const list = async () => JSON.parse((await schedules('list', '--json')).stdout) as Listed;

  const before = (await schedules('list')).stdout;
  expect(before).toMatch(/funnel-sync +│ not applied/);
  const first = await schedules('apply', '--json');
  expect(JSON.parse(first.stdout)).toEqual({
    schedules: [
      { id: 'funnel-sync', outcome: 'created' },
      { id: 'conversion-report', outcome: 'created' },
    ],
  });
  const pause = await schedules('pause', 'funnel-sync', '--note', 'moving the site');
  expect(pause).toMatchObject({ code: 0, stdout: expect.stringContaining('paused funnel-sync') as string });

  const again = await schedules('apply');
  expect(again.stdout).toBe('updated funnel-sync\nupdated conversion-report\n');
  const [sync, report] = (await list()).schedules;
  expect(sync).toMatchObject({ state: 'paused', note: 'moving the site' });
  expect(report?.state).toBe('active');
  // Quarter past midnight in Berlin.
  expect(report?.next[0]).toMatch(/T2[23]:15:00\.000Z$/);

  const resume = await schedules('resume', 'funnel-sync', '--json');
  expect(JSON.parse(resume.stdout)).toMatchObject({ id: 'funnel-sync', state: 'active' });
  expect((await list()).schedules[0]).toMatchObject({
    state: 'active',
    next: expect.arrayContaining([expect.stringMatching(/:(00|15|30|45):00\.000Z$/)]) as string[],
  });
});

it('refuses a schedule that Temporal does not know', async () => {
  const { code, stdout, stderr } = await sluice(
    { TEMPORAL_ADDRESS: inject('temporalAddress') },
    'schedules',
    'pause',
    'nope',
  );
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  expect(stderr).toBe(
    'sluice: there is no schedule "nope"\n  sluice schedules list shows them; sluice schedules apply creates them.\n',
  );
});
