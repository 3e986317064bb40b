/**
 * Workflow id of one person's way through a journey: the same person, journey and anchor give the same id, which the
 * Temporal service takes once.
 * @param anchor what it began with: the row number of the event, or `<run>-<step>` of the run that started it
 */
export function journeyWorkflowId({
  journey,
  contactId,
  anchor,
}: {
  readonly journey: string;
  readonly contactId: number;
  readonly anchor: string;
}): string {
  return `journey/${journey}/${contactId}/${anchor}`;
}

/** Key of a step's mail in the sending ledger: one mail a run and step. */
export function stepMessageKey({
  runId,
  stepId,
}: {
  readonly runId: number;
  readonly stepId: string;
}): string {
  return `journey/${runId}/${stepId}`;
}
