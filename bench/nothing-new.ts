import { busyShare } from './machine.ts';
import { type MeasuredRun, withMeasuredStack } from './measured-stack.ts';
import { benchmark } from './options.ts';
import { printReport } from './report.ts';

// The usual run: a site full of sittings, all of them known. It must find out that there is nothing to do, and read
// no more of the site for that than it must.

const HOUR_MS = 3_600_000;
const QUARTER_MS = HOUR_MS / 4;
const WINDOW_MS = 30 * 24 * HOUR_MS;
const LIMIT_MS = 45 * 60_000;
/** Whatever fills Brevo fastest: it is not what is measured. */
const SETTINGS = {
  BREVO_CONTACTS_PER_SECOND: '500',
  BREVO_CONTACTS_PER_HOUR: '100000000',
  BREVO_PROCESSES_PER_HOUR: '1000000',
  BREVO_IMPORT_MAX_CONTACTS: '50000',
};

await benchmark(
  {
    about: 'Runs again and again over a site where nothing is new.',
    options: {
      people: { about: 'different people', fallback: '700000' },
      sittings: { about: 'sittings in the 30 days of the window', fallback: '1000000' },
      repeat: { about: 'runs with nothing new', fallback: '3' },
    },
  },
  async (options) => {
    const [people, sittings] = [options.count('people'), options.count('sittings')];
    // As of times gone by, so that each run after the first may lie a quarter of an hour later, as scheduled ones do.
    const filled = new Date(Date.now() - QUARTER_MS * (options.count('repeat') + 1));
    const site = { people, sittings, from: new Date(filled.getTime() - WINDOW_MS), to: filled, payments: 0 };
    const measured = await withMeasuredStack(
      { site, limits: 'off', settings: SETTINGS, nodeOptions: '', limitMs: LIMIT_MS },
      async (stack) => {
        const filling = stack.progress.step('First run, which takes everybody in');
        const first = await stack.run(filled);
        filling.done(`${first.result.sittings.judged} sittings judged`);
        const runs: (MeasuredRun & { readonly busyBefore: number })[] = [];
        for (let count = 1; count <= options.count('repeat'); count += 1) {
          const busyBefore = await busyShare();
          const step = stack.progress.step(`Run ${count} with nothing new`);
          const run = await stack.run(new Date(filled.getTime() + count * QUARTER_MS));
          step.done(`${run.result.sittings.judged} sittings looked at`);
          runs.push({ ...run, busyBefore });
        }
        return { first, runs, mysql: stack.mysql, workerPeakMb: stack.workerPeakMb() };
      },
    );
    const { first, runs, mysql, workerPeakMb } = measured;
    const of = (value: (run: (typeof runs)[number]) => number) => runs.map(value);
    await printReport({
      format: options.format,
      findings: {
        title: `Nothing new: ${sittings} sittings of ${people} people in the window, all judged before`,
        mysql,
        metrics: [
          { name: 'whole run', unit: 's', values: of((run) => run.seconds), target: { below: 10 } },
          { name: 'sittings in the window', unit: 'rows', values: of((run) => run.result.sittings.inWindow) },
          { name: 'of them read and judged', unit: 'rows', values: of((run) => run.result.sittings.judged) },
          {
            name: 'taken in',
            unit: 'people',
            values: of((run) => run.result.entered.language + run.result.entered.non_language),
          },
          { name: 'machine busy just before', unit: '%', values: of((run) => run.busyBefore) },
        ],
        notes: [
          `The run that took everybody in before: ${first.seconds.toFixed(0)} s, ${first.result.sittings.judged} sittings judged, worker's peak memory ${workerPeakMb.toFixed(0)} MB.`,
          'Every sitting in the window goes into a digest an hour, which the database makes in one pass; only hours at the two ends of the window are read.',
        ],
      },
    });
  },
);
