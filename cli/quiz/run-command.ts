import { loadSettings, type Settings } from '../../config.ts';
import { print, printJson } from '../output.ts';
import { type QuizOptions, readQuizOptions } from './options.ts';
import { userIdsOf, withQuiz } from './planning.ts';
import { describeWaiting, type QuizRun, runJson, runQuizFlow } from './run-flow.ts';

/** A dry run of a flow of the quiz. */
export interface DryRun {
  /** ISO 8601. */
  readonly asOf: string;
  readonly only: string | undefined;
  readonly options: QuizOptions;
}

interface QuizFlow {
  /** Workflow type. */
  readonly flow: string;
  /** As it stands in front of workflow ids. */
  readonly name: string;
  readonly summary: string;
  readonly dryRun: (settings: Settings, run: DryRun) => Promise<void>;
}

/**
 * What both commands do: a dry run in this process, or the flow through Temporal.
 * @returns what came of the flow; undefined after a dry run.
 */
export async function runQuizCommand<Result>(
  options: QuizOptions,
  { dryRun, ...flow }: QuizFlow,
): Promise<QuizRun<Result> | undefined> {
  const settings = loadSettings();
  const mode = options.dryRun === true || settings.dryRun ? 'dry' : 'live';
  const { asOf, only } = readQuizOptions(options, mode);
  if (mode === 'dry') {
    await dryRun(settings, { asOf: asOf ?? new Date().toISOString(), only, options });
    return undefined;
  }
  const userIds = await withQuiz(settings, (desk) => userIdsOf(desk, only));
  return runQuizFlow<Result>(settings, {
    ...flow,
    input: {
      ...(asOf === undefined ? {} : { asOf }),
      ...(userIds === undefined ? {} : { userIds }),
    },
  });
}

export function printQuizRun<Result extends object>(
  outcome: QuizRun<Result>,
  { json, describe }: { readonly json: true | undefined; readonly describe: (result: Result) => string },
): void {
  if (json === true) printJson(runJson(outcome));
  else if (outcome.kind === 'waits') print(describeWaiting(outcome.progress));
  else print(describe(outcome.result));
}
