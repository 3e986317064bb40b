import { type CampaignRun, loadCampaignRun } from '../../db/campaign-runs.ts';
import type { Executor } from '../../db/pool.ts';
import { UsageError } from '../../domain/errors.ts';
import { visibleText } from '../visible-text.ts';

export function isRunNumber(word: string): boolean {
  return /^\d{1,15}$/.test(word);
}

/** @throws UsageError for a number that no run has */
export async function campaignRunOf(db: Executor, word: string): Promise<CampaignRun> {
  const run = isRunNumber(word) ? await loadCampaignRun(db, Number(word)) : undefined;
  if (run !== undefined) return run;
  throw new UsageError(
    `there is no run "${visibleText(word)}"`,
    'sluice campaigns list shows their numbers.',
  );
}
