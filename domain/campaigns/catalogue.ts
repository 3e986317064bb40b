import { UsageError } from '../errors.ts';
import type { CampaignDefinition } from './definition.ts';
import { autumnWorkshop } from './shipped/autumn-workshop.ts';

/** The campaigns that come with Sluice; CAMPAIGN_CATALOGUE names a module with yours instead. */
export const campaigns: readonly CampaignDefinition[] = [autumnWorkshop];

/** @throws UsageError for an id that no campaign has. */
export function findCampaign(id: string, catalogue: readonly CampaignDefinition[]): CampaignDefinition {
  const found = catalogue.find((campaign) => campaign.id === id);
  if (found !== undefined) return found;
  throw new UsageError(`there is no campaign "${id}"`, 'sluice campaigns list shows them.');
}
