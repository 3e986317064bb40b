import type { Settings } from '../config.ts';

/** What a catalogue entry may depend on. */
export type CatalogueSettings = Pick<Settings, 'reportTimezone' | 'temporal' | 'schedule'>;
