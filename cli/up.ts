import { Command } from 'commander';
import { loadSettings, type Settings } from '../config.ts';
import { messageOf, SluiceError } from '../domain/errors.ts';
import { claimHome } from '../local/claim-home.ts';
import { onInterrupt } from '../local/interrupts.ts';
import { createProgress, type Progress } from '../local/progress.ts';
import { createStack, type FirstRun, type Stack } from '../local/stack.ts';
import type { StackRecord } from '../local/stack-file.ts';
import { type ExitCode, print, printJson } from './output.ts';
import { stackSteps } from './stack-steps.ts';

interface Options {
  readonly once?: true;
  readonly json?: true;
}

export function upCommand(): Command {
  return new Command('up')
    .description('start the local stack, run funnelSync once, show the result; stays up until Ctrl-C')
    .option('--once', 'stop everything after the first run; exit code 1 if that run failed')
    .option('--json', 'one JSON value on stdout')
    .addHelpText(
      'after',
      `
Starts what the settings do not name: MySQL and the demo site (DATABASE_URL, SITE_DATABASE_URL), Temporal
(TEMPORAL_ADDRESS), the Brevo sandbox (BREVO_BASE_URL), and a worker. All of it listens on 127.0.0.1 only, and keeps
its state in SLUICE_HOME (default .sluice/).

Example:
  sluice up --once`,
    )
    .action(async (options: Options) => {
      // A terminal that is closed takes its end of both with it; everything must still be stopped in order then.
      for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {});
      const progress = createProgress(process.stderr);
      try {
        process.exitCode = await up({ options, progress });
      } finally {
        progress.close();
      }
    });
}

async function up({ options, progress }: { options: Options; progress: Progress }): Promise<number> {
  const settings = loadSettings();
  const running = await claimHome({ home: settings.home, progress });
  if (running !== undefined) return besideRunning({ running, options, progress });

  const stack = createStack({ settings, environment: process.env, steps: stackSteps, progress });
  const stop = stopsOf({ stack, progress });
  try {
    const record = await stack.start();
    const exitCode = await runOnce({ run: () => stack.firstRun(), settings, record, options, progress });
    if (options.once === true) return exitCode;
    progress.note('The stack stays up until Ctrl-C.');
    await stop.pressed;
    return 0;
  } catch (error) {
    if (!stop.isPressed()) throw error;
    return 130;
  } finally {
    await stop.allStopped();
    stop.dispose();
    if (options.once === true)
      progress.note('Everything is stopped; sluice up brings it back at the same addresses.');
  }
}

/** Ctrl-C stops all in order, a second one hard. */
function stopsOf({ stack, progress }: { stack: Stack; progress: Progress }) {
  const pressed = Promise.withResolvers<void>();
  let stopping: Promise<void> | undefined;
  const dispose = onInterrupt({
    first: () => {
      progress.note('Stopping; press Ctrl-C again to end everything at once.');
      stopping = stack.stop();
      pressed.resolve();
    },
    second: () => {
      progress.note('Ending everything at once.');
      void stack.kill().finally(() => process.exit(130));
    },
  });
  return {
    pressed: pressed.promise,
    isPressed: () => stopping !== undefined,
    allStopped: () => stopping ?? stack.stop(),
    dispose,
  };
}

async function besideRunning({
  running,
  options,
  progress,
}: {
  running: StackRecord;
  options: Options;
  progress: Progress;
}): Promise<number> {
  // Read again: the running stack has said where it listens.
  const settings = loadSettings();
  progress.note(`The stack of ${settings.home} is up already (process ${running.up.pid}).`);
  if (options.once === true) {
    const run = () => stackSteps.firstRun(settings);
    return runOnce({ run, settings, record: running, options, progress });
  }
  if (options.json === true) printJson({ home: settings.home, urls: running.urls });
  else print(describePlaces({ settings, record: running }));
  return 0;
}

async function runOnce({
  run,
  settings,
  record,
  options,
  progress,
}: {
  run: () => Promise<FirstRun>;
  settings: Settings;
  record: StackRecord;
  options: Options;
  progress: Progress;
}): Promise<ExitCode> {
  const places = { settings, record };
  const step = progress.step('funnelSync');
  try {
    const done = await run();
    step.done('done');
    if (options.json === true)
      printJson({
        ...jsonPlaces(places),
        run: { ...done, text: undefined, url: runUrl({ ...places, done }) },
      });
    else print(`\n${done.text}\n\n${describePlaces({ ...places, done })}`);
    return 0;
  } catch (error) {
    step.failed(messageOf(error));
    if (error instanceof SluiceError && error.hint !== undefined) progress.note(error.hint);
    if (options.json === true) printJson({ ...jsonPlaces(places), error: messageOf(error) });
    else print(`\n${describePlaces(places)}`);
    return 1;
  }
}

interface Places {
  readonly settings: Settings;
  readonly record: StackRecord;
  readonly done?: FirstRun;
}

function jsonPlaces({ settings, record }: Places) {
  return { home: settings.home, urls: record.urls };
}

function runUrl({ settings, record, done }: Places): string | undefined {
  const { temporalWebUi } = record.urls;
  if (temporalWebUi === undefined || done === undefined) return undefined;
  const { workflowId, runId } = done;
  return `${temporalWebUi}/namespaces/${settings.temporal.namespace}/workflows/${workflowId}/${runId}/history`;
}

function describePlaces(places: Places): string {
  const { record, settings } = places;
  const lines: readonly (readonly [string, string | undefined])[] = [
    ['This run', runUrl(places)],
    ['Temporal Web UI', record.urls.temporalWebUi],
    ['Brevo sandbox', record.urls.brevoSandbox],
    ['Event gateway', record.urls.gateway],
    ['Logs', `${settings.home}/logs`],
    ['Next', 'npx sluice run funnel-sync --dry-run'],
    ['', 'npx sluice conversions'],
    [
      '',
      'npx sluice events send --type lead.opted_in --resource lead.1 --data \'{"email":"ann@example.com"}\'',
    ],
    ['', 'npx sluice doctor'],
  ];
  return lines
    .flatMap(([name, value]) => (value === undefined ? [] : [`${name.padEnd(16)} ${value}`]))
    .join('\n');
}
