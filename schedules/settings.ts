import type { Settings } from '../config.ts';

/** What a catalogue entry may depend on. */
export type CatalogueSettings = Pick<Settings, 'reportTimezone' | 'temporal' | 'schedule'> &
  /** Unset: REPORT_TIMEZONE is that of sales, too; there is no quiz. */
  Partial<Pick<Settings, 'sales' | 'quiz'>>;
