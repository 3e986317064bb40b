import { defineJourney, send, wait } from '../domain/journeys/build.ts';
import { acceptedMails } from './accepted-mails.ts';
import { busyShare } from './machine.ts';
import { type MeasuredStack, withMeasuredStack, wrong } from './measured-stack.ts';
import { benchmark } from './options.ts';
import { sendToSleep } from './people-under-way.ts';
import { cpuShares, cpuTimesOf } from './process-times.ts';
import { printReport } from './report.ts';
import { percentile } from './scheduled-starts.ts';

// Many people whose next mail is due at the same moment: how long until all mails are with Brevo?

const LIMIT_MS = 4 * 3_600_000;
const MAILS_LIMIT_MS = 3_600_000;
const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
const definition = defineJourney({
  id: 'due-together',
  version: 1,
  steps: [wait({ sinceStart: '24h' }), send('nurture-3')],
  reEntry: 'never',
});
const WAITS_AT = 'wait-until-24h';

await benchmark(
  {
    about: 'Many journeys that wait until the same minute, then send one mail each.',
    options: {
      people: { about: 'journeys', fallback: '5000' },
      'mails-per-second': { about: 'the setting BREVO_MAILS_PER_SECOND', fallback: '100' },
      'enter-per-second': { about: 'so many people enter at least, to choose the minute', fallback: '12' },
    },
  },
  async (options) => {
    const people = options.count('people');
    const perSecond = options.count('mails-per-second');
    const [to, from] = [new Date(), new Date(Date.now() - DAY_MS)];
    const plan = {
      site: { people: 10, sittings: 10, payments: 0, from, to },
      limits: 'general',
      settings: { BREVO_MAILS_PER_SECOND: String(perSecond) },
      nodeOptions: '',
      limitMs: LIMIT_MS,
    } as const;
    const load = { people, enteringMs: (1000 * people) / options.count('enter-per-second') };
    const found = await withMeasuredStack(plan, (stack) => measure(stack, load));
    await printReport({
      format: options.format,
      findings: {
        title: `${people} mails due at the same moment, at most ${perSecond} a second`,
        mysql: found.mysql,
        metrics: [
          { name: 'until all are accepted', unit: 's', values: [found.last] },
          { name: 'at the allowed rate it would be', unit: 's', values: [people / perSecond] },
          { name: 'first one accepted after', unit: 's', values: [found.first] },
          { name: 'half of them after', unit: 's', values: [found.half] },
          { name: 'accepted', unit: '/s', values: [people / found.last] },
          { name: 'answers 429', unit: '', values: [found.refusals] },
          ...found.cpu.map(({ name, share }) => ({
            name: `${name}, of one core`,
            unit: '%',
            values: [share],
          })),
          { name: "worker's peak memory", unit: 'MB', values: [found.workerMb] },
          { name: 'machine busy just before', unit: '%', values: [found.busyBefore] },
        ],
        notes: [
          'All people enter with the same start, and wait for a timer that is due a day after it. Counted from that moment to the time in the ledger of the sandbox; each address gets exactly one mail. One worker process.',
          "The sandbox holds the General plan's limits, 1,000 mails a second.",
        ],
      },
    });
  },
);

async function measure(
  stack: MeasuredStack,
  { people, enteringMs }: { readonly people: number; readonly enteringMs: number },
) {
  const dueAt = MINUTE_MS * Math.ceil((Date.now() + enteringMs) / MINUTE_MS + 1);
  await sendToSleep(stack, {
    definition,
    people,
    anchorAt: new Date(dueAt - DAY_MS),
    waitsAt: WAITS_AT,
  });
  if (Date.now() > dueAt) throw wrong('the minute came before all had entered; lower --enter-per-second');
  const busyBefore = await busyShare();
  await new Promise((resolve) => setTimeout(resolve, dueAt - Date.now()));
  const cpuBefore = cpuTimesOf(stack);
  const { at, refusals } = await acceptedMails(stack, { mails: people, limitMs: MAILS_LIMIT_MS });
  const seconds = [...at.values()].map((time) => (time - dueAt) / 1000);
  if (Math.min(...seconds) < 0) throw wrong('a mail went out before it was due');
  return {
    first: Math.min(...seconds),
    half: percentile(seconds, 0.5),
    last: Math.max(...seconds),
    refusals,
    cpu: cpuShares({
      before: cpuBefore,
      after: cpuTimesOf(stack),
      seconds: (Date.now() - dueAt) / 1000,
    }),
    workerMb: stack.workerPeakMb(),
    busyBefore,
    mysql: stack.mysql,
  };
}
