import { UsageError } from '../errors.ts';
import type { JourneyDefinition } from './definition.ts';
import { leadStage } from './shipped/lead-stage.ts';
import { newLeadHandler } from './shipped/new-lead-handler.ts';
import { nurtureOnAssessment } from './shipped/nurture-on-assessment.ts';

/** Every journey that people may enter. */
export const journeys: readonly JourneyDefinition[] = [newLeadHandler, nurtureOnAssessment, leadStage];

/** Channels that `notify` may name: `sales` for people, `operators` for troubles of the flows themselves. */
export const CHANNELS = ['sales', 'operators'] as const;

/** @throws UsageError for an id that no journey has. */
export function findJourney(
  id: string,
  catalogue: readonly JourneyDefinition[] = journeys,
): JourneyDefinition {
  const found = catalogue.find((journey) => journey.id === id);
  if (found !== undefined) return found;
  throw new UsageError(`there is no journey "${id}"`, 'sluice journeys list shows them.');
}
