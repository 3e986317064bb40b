import { withTemporal } from '../cli/context.ts';
import { runLeadScoring } from '../cli/leads/run-lead-scoring.ts';
import { hoursAfter, scoringHour } from '../domain/lead-score.ts';
import { scoredCrowd } from './lead-crowd.ts';
import { busyShare } from './machine.ts';
import { withMeasuredStack, wrong } from './measured-stack.ts';
import { benchmark } from './options.ts';
import { printReport } from './report.ts';

// An hour's scoring when everybody has a score that falls or rises, which is the most that can be to do.

const LIMIT_MS = 60 * 60_000;

await benchmark(
  {
    about:
      'Scores many leads hour by hour; all of them have a score, about a third was active in the last 24 hours.',
    options: {
      leads: { about: 'people with a score', fallback: '1000000' },
      hours: { about: 'hours that are scored, a run each', fallback: '3' },
    },
  },
  async (options) => {
    const leads = options.count('leads');
    const hours = options.count('hours');
    const [to, from] = [new Date(), new Date(Date.now() - 86_400_000)];
    const site = { people: 10, sittings: 10, payments: 0, from, to };
    const plan = { site, limits: 'off', settings: {}, nodeOptions: '', limitMs: LIMIT_MS } as const;
    const measured = await withMeasuredStack(plan, async (stack) => {
      const first = hoursAfter(scoringHour(new Date()), 1 - hours);
      const filling = stack.progress.step(`${leads} leads with a score`);
      const crowd = await scoredCrowd(stack.settings, { leads, scoredAt: hoursAfter(first, -1) });
      filling.done(`${crowd.engagements + crowd.events} happenings`);
      const busyBefore = await busyShare();
      const idleMb = stack.workerPeakMb();
      const runs: { readonly seconds: number; readonly scored: number; readonly crossings: number }[] = [];
      for (let hour = 0; hour < hours; hour += 1) {
        const asOf = hoursAfter(first, hour).toISOString();
        const step = stack.progress.step(`Scoring as of ${asOf}`);
        const began = performance.now();
        const result = await withTemporal(stack.settings, (client) =>
          runLeadScoring(client, { settings: stack.settings, asOf }),
        );
        const seconds = (performance.now() - began) / 1000;
        if (result.status !== 'scored' || result.hours !== 1)
          throw wrong(`${asOf} was not scored as one hour`);
        const { scored, becameHot, becameCold } = result;
        runs.push({ seconds, scored, crossings: becameHot + becameCold });
        step.done(`${scored} leads`);
      }
      if (runs[0]?.scored !== leads) throw wrong(`${runs[0]?.scored} of ${leads} leads were scored`);
      const again = await withTemporal(stack.settings, (client) =>
        runLeadScoring(client, { settings: stack.settings, asOf: first.toISOString() }),
      );
      if (again.status !== 'already_scored') throw wrong('an hour was scored twice');
      return { runs, crowd, busyBefore, idleMb, peakMb: stack.workerPeakMb(), mysql: stack.mysql };
    });
    const { runs, crowd, busyBefore, idleMb, peakMb, mysql } = measured;
    const values = (of: (run: (typeof runs)[number]) => number) => runs.map(of);
    await printReport({
      format: options.format,
      findings: {
        title: `Scoring ${leads} leads, ${hours} hours`,
        mysql,
        metrics: [
          {
            name: 'an hour, whole run',
            unit: 's',
            values: values((run) => run.seconds),
            target: { below: 120 },
          },
          { name: 'leads scored', unit: 'leads', values: values((run) => run.scored) },
          { name: 'the same', unit: 'leads/s', values: values((run) => run.scored / run.seconds) },
          { name: 'became hot or cold', unit: 'leads', values: values((run) => run.crossings) },
          { name: "worker's peak memory before", unit: 'MB', values: [idleMb] },
          { name: "worker's peak memory", unit: 'MB', values: [peakMb], target: { below: 300 } },
          { name: 'machine busy just before', unit: '%', values: [busyBefore] },
        ],
        notes: [
          `${crowd.engagements} opens and clicks and ${crowd.events} visits of 30 days, more in the last ones, in the order of their times; ${crowd.active} leads were active in the 24 hours before the first hour.`,
          'Each run writes scores, history, crossings and their events. The first hour has every lead; later ones have those whose score is not 0 yet.',
        ],
      },
    });
  },
);
