/** An event of a person that waits for others. */
export interface WaitingEvent {
  readonly id: number;
  readonly type: string;
  readonly occurredAt: Date;
}

/**
 * The set that an event completes: one event of each type, itself among them, the first and the last no further apart
 * than `withinMs`. Of several sets that with the latest events; of several events of a type the latest.
 * @param waiting events of one person, `current` among them, none of which has been in a set yet
 * @returns its row numbers, or undefined as long as one is missing
 */
export function completeSet({
  types,
  waiting,
  current,
  withinMs,
}: {
  readonly types: readonly string[];
  readonly waiting: readonly WaitingEvent[];
  readonly current: WaitingEvent;
  readonly withinMs: number;
}): readonly number[] | undefined {
  const at = (event: WaitingEvent) => event.occurredAt.getTime();
  // A window that ends with one of the events; the latest window that works wins.
  const ends = waiting
    .map(at)
    .filter((end) => end >= at(current) && end - at(current) <= withinMs)
    .toSorted((a, b) => b - a);
  for (const end of ends) {
    const inside = waiting.filter((event) => at(event) <= end && end - at(event) <= withinMs);
    const chosen = types.map((type) =>
      type === current.type
        ? current
        : inside.filter((event) => event.type === type).toSorted((a, b) => at(b) - at(a) || b.id - a.id)[0],
    );
    if (chosen.every((event) => event !== undefined)) return chosen.map(({ id }) => id);
  }
  return undefined;
}
