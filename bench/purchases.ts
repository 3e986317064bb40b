import { busyShare } from './machine.ts';
import { type MeasuredStack, withMeasuredStack, wrong } from './measured-stack.ts';
import { benchmark } from './options.ts';
import { printReport } from './report.ts';

// Purchases go to Brevo one call each, so here the account's limit is what bounds us: how close to it do we come, and
// how often are we refused because we came too close?

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** Enough that everybody has sat a language test among them, which is what the certificates are for. */
const SITTINGS_EACH = 10;
const LIMIT_MS = 20 * 60_000;
/** General plan, calls to /contacts; both in the sandbox and in the default settings. */
const ALLOWED_PER_SECOND = 10;

interface Sample {
  readonly busyBefore: number;
  readonly runSeconds: number;
  readonly calls: number;
  readonly refusals: number;
  readonly perSecond: number;
  readonly mysql: string;
}

await benchmark(
  {
    about: 'Tells Brevo of purchases, a call each, within the limits of the General plan.',
    options: {
      purchases: { about: 'people who have bought', fallback: '1000' },
      repeat: { about: 'repetitions, each on a fresh stack', fallback: '3' },
    },
  },
  async (options) => {
    const purchases = options.count('purchases');
    const samples: Sample[] = [];
    for (let repetition = options.count('repeat'); repetition > 0; repetition -= 1) {
      const entered = new Date(Date.now() - 2 * HOUR_MS);
      samples.push(
        await withMeasuredStack(
          {
            site: {
              people: purchases,
              sittings: SITTINGS_EACH * purchases,
              from: new Date(entered.getTime() - DAY_MS),
              to: entered,
              payments: 0,
            },
            limits: 'off',
            settings: {},
            nodeOptions: '',
            limitMs: LIMIT_MS,
          },
          (stack) => measure({ stack, purchases, entered }),
        ),
      );
    }
    const of = (value: (sample: Sample) => number) => samples.map(value);
    await printReport({
      format: options.format,
      findings: {
        title: `Purchases: ${purchases}, one call each, General plan (${ALLOWED_PER_SECOND} calls/s)`,
        mysql: samples[0]?.mysql ?? '',
        metrics: [
          { name: 'accepted calls, first to last', unit: 'calls/s', values: of((s) => s.perSecond) },
          {
            name: 'of what the account allows',
            unit: '%',
            values: of((s) => (100 * s.perSecond) / ALLOWED_PER_SECOND),
          },
          { name: 'accepted calls', unit: 'calls', values: of((s) => s.calls) },
          { name: 'answers 429', unit: 'answers', values: of((s) => s.refusals) },
          { name: 'whole run', unit: 's', values: of((s) => s.runSeconds) },
          { name: 'machine busy just before', unit: '%', values: of((s) => s.busyBefore) },
        ],
        notes: [
          `The bound: ${purchases} calls at ${ALLOWED_PER_SECOND}/s take ${purchases / ALLOWED_PER_SECOND} s.`,
        ],
      },
    });
  },
);

async function measure({
  stack,
  purchases,
  entered,
}: {
  readonly stack: MeasuredStack;
  readonly purchases: number;
  readonly entered: Date;
}): Promise<Sample> {
  await stack.run(entered);
  const paid = new Date(entered.getTime() + HOUR_MS);
  await stack.addToSite({ people: purchases, sittings: 0, from: entered, to: paid, payments: purchases });
  await stack.sandbox.setLimits('general');
  const busyBefore = await busyShare();
  const step = stack.progress.step('Purchases');
  const { seconds, startedAt, result } = await stack.run(paid);
  step.done(`${result.converted.language} told`);
  if (result.converted.language !== purchases)
    throw wrong(`${result.converted.language} of ${purchases} purchases were recorded`);
  const told = await stack.sandbox.ledger({ method: 'POST', route: '/contacts', limit: 100_000 });
  const ofRun = told.filter(({ at }) => new Date(at) >= startedAt);
  const accepted = ofRun.filter((entry) => entry.accepted).map(({ at }) => new Date(at).getTime());
  if (accepted.length !== purchases)
    throw wrong(`${accepted.length} accepted calls for ${purchases} purchases`);
  const span = (Math.max(...accepted) - Math.min(...accepted)) / 1000;
  return {
    busyBefore,
    runSeconds: seconds,
    calls: accepted.length,
    refusals: ofRun.filter(({ status }) => status === 429).length,
    perSecond: (accepted.length - 1) / span,
    mysql: stack.mysql,
  };
}
