import type { Client } from '@temporalio/client';
import type { Settings } from '../config.ts';
import type { FunnelType } from '../domain/funnels.ts';
import type { StackSteps } from '../local/stack.ts';

// The rooms are loaded when they are needed: the first lines of `sluice up` come at once, and MySQL and Temporal
// start while the rest is still being read.

/** What `sluice up` does with the servers, in terms of the product's own rooms. */
export const stackSteps: StackSteps = {
  async migrate({ databaseUrl }) {
    const { migrate } = await import('../db/migrate.ts');
    return migrate({ databaseUrl });
  },

  async fillDemoSite({ adminUrl, onProgress }) {
    const { fillDemoSite } = await import('../local/demo-site/fill.ts');
    return fillDemoSite({ adminUrl, now: new Date(), onProgress });
  },

  async fillDemoQuiz({ adminUrl }) {
    const { fillDemoQuiz } = await import('../local/demo-quiz/fill.ts');
    return fillDemoQuiz({ adminUrl, now: new Date() });
  },

  async prepareBrevo(settings) {
    const { createMissing, inspectBrevo } = await import('../brevo/setup.ts');
    const { clientFor } = await import('./brevo-client.ts');
    // A dry run writes to no list either, but the sandbox that it looks at has them.
    const client = clientFor({ ...settings, dryRun: false });
    const configured = { language: 0, non_language: 0 };
    const setup = await inspectBrevo(client, configured);
    const { lists } = await createMissing(client, { setup, configured });
    const idOf = (funnel: FunnelType) => lists.find((list) => list.funnel === funnel)?.id ?? 0;
    return { languageListId: idOf('language'), nonLanguageListId: idOf('non_language') };
  },

  async connectWebhooks(settings) {
    const { subscribeWebhooks } = await import('../brevo/webhook-subscription.ts');
    const { clientFor } = await import('./brevo-client.ts');
    await subscribeWebhooks(clientFor({ ...settings, dryRun: false }), {
      url: `${settings.gateway.publicUrl ?? ''}/v1/webhooks/brevo`,
      token: settings.events.brevoToken ?? '',
    });
  },

  async applySchedules(settings) {
    const { applySchedules } = await import('../schedules/apply.ts');
    const { loadCatalogue } = await import('../schedules/load.ts');
    const catalogue = await loadCatalogue(settings);
    const { profile } = settings.schedule;
    const { taskQueue } = settings.temporal;
    const applied = await withClient(settings, (client) =>
      applySchedules({ client, catalogue, profile, taskQueue, now: new Date() }),
    );
    return applied
      .map(({ id, outcome, error }) => `${id} ${outcome}${error === undefined ? '' : `: ${error}`}`)
      .join(', ');
  },

  async firstRun(settings) {
    const { planFunnelSync, runFunnelSync } = await import('./run-funnel-sync.ts');
    const { describePlan, describeRun } = await import('./funnel-sync-text.ts');
    const run = await withClient(settings, (client) =>
      settings.dryRun ? planFunnelSync(client, { settings }) : runFunnelSync(client, { settings }),
    );
    if (run.failure !== undefined) throw run.failure;
    const { workflowId, runId, result, plan } = run;
    const text = [
      plan === undefined ? '' : `${describePlan(plan)}\n\n`,
      result === undefined ? '' : describeRun(result),
    ];
    return { workflowId, runId, result, text: text.join('') };
  },
};

async function withClient<T>(settings: Settings, work: (client: Client) => Promise<T>): Promise<T> {
  const { withTemporal } = await import('./context.ts');
  return withTemporal(settings, work);
}
