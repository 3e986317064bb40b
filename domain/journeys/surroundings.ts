/** What definitions may refer to. Left out: not looked at. */
export interface JourneySurroundings {
  /** Names of the templates there are. */
  readonly templates?: ReadonlySet<string>;
  /** Channels that `notify` may name. */
  readonly channels?: ReadonlySet<string>;
  /** Journeys that an event type starts, by the triggers; for loops through events. */
  readonly startedBy?: (eventType: string) => readonly string[];
}
