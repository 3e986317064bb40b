import { type CampaignActivities, createCampaignActivities } from '../activities/campaigns.ts';
import { required, type Settings } from '../config.ts';
import type { Database } from '../db/pool.ts';
import type { CampaignDefinition } from '../domain/campaigns/definition.ts';
import { addressHash } from '../mail/keys.ts';
import type { Templates } from '../mail/templates.ts';
import { loadCampaigns } from './campaign-catalogue.ts';
import { mailTaskQueue } from './task-queues.ts';

/** What writes campaigns down; what sends them is what sends all mails. */
export function campaignActivities({
  settings,
  database,
  templates,
}: {
  readonly settings: Settings;
  readonly database: Database;
  readonly templates: Templates;
}): CampaignActivities {
  let loaded: Promise<readonly CampaignDefinition[]> | undefined;
  return createCampaignActivities({
    database,
    templates,
    variables: settings.mail.variables,
    hashAddress: (email) => addressHash(required('SLUICE_SECRET', settings.secret), email),
    campaigns: () => {
      loaded ??= loadCampaigns(settings);
      return loaded;
    },
    contactTimezone: settings.contactTimezone,
    mailTaskQueue: mailTaskQueue(settings.temporal.taskQueue),
    dryRun: settings.dryRun,
  });
}
