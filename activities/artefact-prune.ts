import { pruneArtefacts } from '../db/artefacts.ts';
import type { Database } from '../db/pool.ts';
import { pruneReportRuns } from '../db/report-upkeep.ts';

export interface PrunedFiles {
  readonly files: number;
  readonly bytes: number;
}

export function createArtefactPruneActivities({ database }: { readonly database: Database }) {
  return {
    /**
     * Deletes the files that have expired, those that a process left unfinished a day ago, and runs of reports whose time
     * is over. A dry run, too.
     */
    async pruneFiles(): Promise<PrunedFiles> {
      const now = new Date();
      await pruneReportRuns(database.orm, { now });
      return pruneArtefacts(database.orm, { now });
    },
  };
}

export type ArtefactPruneActivities = ReturnType<typeof createArtefactPruneActivities>;
