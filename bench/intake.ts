import { UsageError } from '../domain/errors.ts';
import { type LimitProfile, limitProfileSchema } from '../local/brevo-sandbox/limits.ts';
import { busyShare } from './machine.ts';
import { type MeasuredStack, withMeasuredStack, wrong } from './measured-stack.ts';
import { benchmark } from './options.ts';
import { type Metric, printReport } from './report.ts';

// One run that takes everybody in at once: how many people a second until all of them are in Brevo, and the memory
// that the worker needs for it.

const DAY_MS = 86_400_000;
const LIMIT_MS = 15 * 60_000;
/** Settings for an account without limits; with limits the defaults hold, which are those of the General plan. */
const WITHOUT_LIMITS = {
  BREVO_CONTACTS_PER_SECOND: '1000',
  BREVO_CONTACTS_PER_HOUR: '100000000',
  BREVO_PROCESSES_PER_HOUR: '1000000',
};

interface Sample {
  readonly busyBefore: number;
  readonly seconds: number;
  /** Until the first call to Brevo: reading, judging, writing down. */
  readonly databaseSeconds: number;
  readonly entries: number;
  readonly contactsCalls: number;
  readonly processesCalls: number;
  readonly refusals: number;
  readonly workerPeakMb: number;
  readonly mysql: string;
  readonly workerCommand: string;
}

await benchmark(
  {
    about: 'Takes everybody in at once and measures until all of them are in Brevo.',
    options: {
      people: { about: 'different people', fallback: '70000' },
      sittings: { about: 'sittings, spread evenly over the people', fallback: '100000' },
      limits: { about: 'limits of the account: off, general, advanced, extended', fallback: 'off' },
      repeat: { about: 'repetitions, each on a fresh stack', fallback: '3' },
      'worker-node-options': { about: 'NODE_OPTIONS of the worker', fallback: '' },
    },
  },
  async (options) => {
    const people = options.count('people');
    const limits = profileOf(options.text('limits'));
    const nodeOptions = options.text('worker-node-options');
    const samples: Sample[] = [];
    for (let repetition = options.count('repeat'); repetition > 0; repetition -= 1) {
      const to = new Date();
      samples.push(
        await withMeasuredStack(
          {
            site: {
              people,
              sittings: options.count('sittings'),
              from: new Date(to.getTime() - 29 * DAY_MS),
              to,
              payments: 0,
            },
            limits,
            settings: limits === 'off' ? WITHOUT_LIMITS : {},
            nodeOptions,
            limitMs: LIMIT_MS,
          },
          (stack) => measure({ stack, asOf: new Date(), people }),
        ),
      );
    }
    const [first] = samples;
    if (first === undefined) throw wrong('nothing was measured');
    const { mysql, workerCommand } = first;
    await printReport({
      format: options.format,
      findings: {
        title: `Intake: ${people} people with ${options.count('sittings')} sittings, all new, limits ${limits}`,
        mysql,
        metrics: metricsOf({ samples, people, limits }),
        notes: [`worker: ${nodeOptions === '' ? '' : `NODE_OPTIONS="${nodeOptions}" `}${workerCommand}`],
      },
    });
  },
);

async function measure({
  stack,
  asOf,
  people,
}: {
  readonly stack: MeasuredStack;
  readonly asOf: Date;
  readonly people: number;
}): Promise<Sample> {
  const busyBefore = await busyShare();
  const step = stack.progress.step('Intake');
  const { seconds, startedAt } = await stack.run(asOf);
  step.done(`${Math.round(people / seconds)} people/s`);
  const workerPeakMb = stack.workerPeakMb();
  const entries = await checkEverybodyIsIn({ stack, people });
  const ledger = await stack.sandbox.ledger({ limit: 100_000 });
  const ofRun = ledger.filter(({ at }) => new Date(at) >= startedAt);
  const firstCall = ofRun.find(({ path }) => path.startsWith('/contacts'));
  if (firstCall === undefined) throw wrong('nobody was sent to Brevo');
  const calls = (prefix: string) => ofRun.filter(({ path }) => path.startsWith(prefix)).length;
  return {
    busyBefore,
    seconds,
    databaseSeconds: (new Date(firstCall.at).getTime() - startedAt.getTime()) / 1000,
    entries,
    contactsCalls: calls('/contacts'),
    processesCalls: calls('/processes'),
    refusals: ofRun.filter(({ status }) => status === 429).length,
    workerPeakMb,
    mysql: stack.mysql,
    workerCommand: stack.workerCommand,
  };
}

/** @returns how many entries there are, each of them noted as delivered and in the sandbox's list */
async function checkEverybodyIsIn({
  stack,
  people,
}: {
  readonly stack: MeasuredStack;
  readonly people: number;
}): Promise<number> {
  const funnels = await stack.sql<{
    funnel: 'language' | 'non_language';
    entries: number;
    delivered: string;
  }>(
    `SELECT funnel_type AS funnel, COUNT(*) AS entries, SUM(state = 'in_brevo') AS delivered
     FROM funnel_entries GROUP BY funnel_type`,
  );
  const { contacts, lists } = await stack.sandbox.state();
  if (contacts !== people) throw wrong(`Brevo has ${contacts} contacts for ${people} people`);
  for (const { funnel, entries, delivered } of funnels) {
    const listed = lists.find(({ id }) => id === stack.settings.brevo.lists[funnel])?.contacts;
    if (listed !== entries || Number(delivered) !== entries) {
      throw wrong(
        `${funnel}: ${entries} entries, ${delivered} noted as delivered, ${listed} in Brevo's list`,
      );
    }
  }
  return funnels.reduce((sum, { entries }) => sum + entries, 0);
}

function metricsOf({
  samples,
  people,
  limits,
}: {
  readonly samples: readonly Sample[];
  readonly people: number;
  readonly limits: LimitProfile;
}): readonly Metric[] {
  const of = (value: (sample: Sample) => number) => samples.map(value);
  const speed = {
    name: 'people until all are in Brevo',
    unit: 'people/s',
    values: of((s) => people / s.seconds),
  };
  return [
    limits === 'off' ? { ...speed, target: { atLeast: 1_500 } } : speed,
    {
      name: 'peak memory of the worker',
      unit: 'MB',
      values: of((s) => s.workerPeakMb),
      target: { below: 400 },
    },
    { name: 'whole run', unit: 's', values: of((s) => s.seconds) },
    { name: 'of it until the first call to Brevo', unit: 's', values: of((s) => s.databaseSeconds) },
    { name: 'funnel entries', unit: 'rows', values: of((s) => s.entries) },
    { name: 'calls to /contacts', unit: 'calls', values: of((s) => s.contactsCalls) },
    { name: 'calls to /processes', unit: 'calls', values: of((s) => s.processesCalls) },
    { name: 'answers 429', unit: 'answers', values: of((s) => s.refusals) },
    { name: 'machine busy just before', unit: '%', values: of((s) => s.busyBefore) },
  ];
}

function profileOf(text: string): LimitProfile {
  const profile = limitProfileSchema.safeParse(text);
  if (profile.success) return profile.data;
  throw new UsageError(`--limits ${text} is none of ${limitProfileSchema.options.join(', ')}`);
}
