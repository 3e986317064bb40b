import type { Settings } from '../../config.ts';
import type { SiteConnection } from '../../db/site/connection.ts';
import type { SiteMapping } from '../../db/site/mapping.ts';

/** What the checks of the site look at. */
export interface SiteInput {
  readonly site: SiteConnection;
  readonly mapping: SiteMapping;
  readonly settings: Settings;
  readonly url: string;
}
