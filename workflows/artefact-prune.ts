import { proxyActivities, setCurrentDetails } from '@temporalio/workflow';
import type { ArtefactPruneActivities, PrunedFiles } from '../activities/artefact-prune.ts';
import { DATABASE_WORK } from './retries.ts';

const { pruneFiles } = proxyActivities<ArtefactPruneActivities>({
  ...DATABASE_WORK,
  // Tomorrow is another try.
  scheduleToCloseTimeout: '6 hours',
});

const MEGABYTE = 1024 * 1024;

/** Deletes files of reports whose time is over. */
export async function artefactPrune(): Promise<PrunedFiles> {
  const pruned = await pruneFiles.executeWithOptions({ summary: 'Delete files that have expired' }, []);
  setCurrentDetails(`${pruned.files} files deleted, ${(pruned.bytes / MEGABYTE).toFixed(1)} MB`);
  return pruned;
}
