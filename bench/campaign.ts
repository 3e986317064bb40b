import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Client } from '@temporalio/client';
import { withTemporal } from '../cli/context.ts';
import type { CampaignResult, campaign } from '../workflows/campaign.ts';
import { inventPeople } from './invented-people.ts';
import { busyShare, CHECKOUT } from './machine.ts';
import { type MeasuredStack, withMeasuredStack, wrong } from './measured-stack.ts';
import { benchmark } from './options.ts';
import { cpuShares, cpuTimesOf } from './process-times.ts';
import { printReport } from './report.ts';
import { removeScratch, SCRATCH_PREFIX } from './surroundings.ts';

// One mail to many people at once: how fast, how long the histories, how much memory?

const LIMIT_MS = 4 * 3_600_000;
const LOOK_MS = 2_000;
const DEFINE = pathToFileURL(join(CHECKOUT, 'domain/campaigns/definition.ts')).href;

await benchmark(
  {
    about: 'A campaign to many people, from its start until the sandbox has accepted every mail.',
    options: {
      people: { about: 'who all agreed to it', fallback: '100000' },
      'mails-per-second': { about: 'the setting BREVO_MAILS_PER_SECOND', fallback: '1000' },
    },
  },
  async (options) => {
    const people = options.count('people');
    const [to, from] = [new Date(), new Date(Date.now() - 86_400_000)];
    const scratch = mkdtempSync(join(tmpdir(), SCRATCH_PREFIX));
    const plan = {
      site: { people: 10, sittings: 10, payments: 0, from, to },
      limits: 'general',
      settings: {
        BREVO_MAILS_PER_SECOND: String(options.count('mails-per-second')),
        CAMPAIGN_CATALOGUE: writeCampaign(scratch),
      },
      nodeOptions: '',
      limitMs: LIMIT_MS,
    } as const;
    try {
      const found = await withMeasuredStack(plan, (stack) => measure(stack, people));
      await printReport({
        format: options.format,
        findings: {
          title: `A campaign to ${people} people`,
          mysql: found.mysql,
          metrics: [
            { name: 'from the start until all are accepted', unit: 's', values: [found.seconds] },
            { name: 'of it until all mails are written down', unit: 's', values: [found.frozen] },
            { name: 'written down', unit: '/s', values: [people / found.frozen] },
            {
              name: 'accepted, once they were written down',
              unit: '/s',
              values: [people / (found.seconds - found.frozen)],
            },
            { name: 'accepted, over the whole time', unit: '/s', values: [people / found.seconds] },
            { name: 'answers 429', unit: '', values: [found.refusals] },
            { name: 'children', unit: '', values: [found.children.length] },
            { name: "events in the root's history", unit: '', values: [found.root] },
            { name: 'events in the longest child', unit: '', values: [Math.max(...found.children)] },
            ...found.cpu.map(({ name, share }) => ({
              name: `${name}, of one core`,
              unit: '%',
              values: [share],
            })),
            { name: "worker's peak memory", unit: 'MB', values: [found.workerMb] },
            { name: 'machine busy just before', unit: '%', values: [found.busyBefore] },
          ],
          notes: [
            'Mails are of the template campaign-plain. Checked: as many acceptances as people, one row of the ledger for each, all accepted. One worker process.',
            "The sandbox holds the General plan's limits, 1,000 mails a second.",
          ],
        },
      });
    } finally {
      removeScratch(scratch);
    }
  },
);

function writeCampaign(folder: string): string {
  const file = join(folder, 'campaigns.mjs');
  const params = { subject_line: 'News', headline: 'News', body_text: 'There is news.\n\nIt is good.' };
  const options = { id: 'bench', template: 'campaign-plain', params };
  writeFileSync(
    file,
    `import { defineCampaign } from '${DEFINE}';\nexport const bench = defineCampaign(${JSON.stringify(options)});\n`,
  );
  return file;
}

async function measure(stack: MeasuredStack, people: number) {
  const { settings, progress } = stack;
  await inventPeople(settings, people);
  const busyBefore = await busyShare();
  const step = progress.step(`${people} mails`);
  const cpuBefore = cpuTimesOf(stack);
  return withTemporal(settings, async (client) => {
    const began = Date.now();
    const workflowId = 'campaign/bench/bench';
    const handle = await client.workflow.start<typeof campaign>('campaign', {
      taskQueue: settings.temporal.taskQueue,
      workflowId,
      args: [{ campaign: 'bench', name: 'bench' }],
    });
    const result = await withProgress(handle.result(), async () => {
      const [row] = await stack.sql<{ done: number | null }>(
        'SELECT SUM(accepted) AS done FROM campaign_pages',
      );
      step.say(`${row?.done ?? 0} of ${people} accepted`);
    });
    const seconds = (Date.now() - began) / 1000;
    step.done('all accepted');
    await check(stack, { result, people });
    const [run] = await stack.sql<{ frozen: number }>(
      'SELECT UNIX_TIMESTAMP(frozen_at) * 1000 AS frozen FROM campaign_runs',
    );
    const calls = (await stack.sandbox.state()).calls['POST /smtp/email'] ?? {};
    return {
      seconds,
      frozen: (Number(run?.frozen) - began) / 1000,
      refusals: calls['429'] ?? 0,
      root: await historyOf(client, workflowId),
      children: await childrenOf(client, workflowId),
      cpu: cpuShares({ before: cpuBefore, after: cpuTimesOf(stack), seconds }),
      workerMb: stack.workerPeakMb(),
      busyBefore,
      mysql: stack.mysql,
    };
  });
}

async function withProgress<T>(work: Promise<T>, look: () => Promise<void>): Promise<T> {
  const timer = setInterval(() => void look().catch(() => undefined), LOOK_MS);
  try {
    return await work;
  } finally {
    clearInterval(timer);
  }
}

async function check(
  stack: MeasuredStack,
  { result, people }: { readonly result: CampaignResult; readonly people: number },
): Promise<void> {
  if (!('accepted' in result) || result.accepted !== people)
    throw wrong(`the campaign ended with ${JSON.stringify(result)}`);
  const [row] = await stack.sql<{ n: number }>(
    "SELECT COUNT(DISTINCT contact_id) AS n FROM messages WHERE kind = 'campaign' AND state = 'accepted'",
  );
  const taken = (await stack.sandbox.state()).calls['POST /smtp/email']?.['201'] ?? 0;
  if (row?.n !== people || taken !== people)
    throw wrong(`${taken} mails were taken, ${row?.n} people have one`);
}

async function historyOf(client: Client, workflowId: string): Promise<number> {
  return (await client.workflow.getHandle(workflowId).describe()).historyLength;
}

/** Events of each child, in order. */
async function childrenOf(client: Client, workflowId: string): Promise<readonly number[]> {
  const lengths: number[] = [];
  for (let number = 1; ; number += 1) {
    try {
      lengths.push(await historyOf(client, `${workflowId}/pages/${number}`));
    } catch {
      return lengths;
    }
  }
}
