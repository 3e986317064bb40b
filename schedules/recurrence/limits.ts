/** What Temporal's calendars know, instants in seconds: 2000 to 2100. */
export const FIRST_INSTANT = Date.UTC(2000, 0, 1) / 1000;
export const LAST_INSTANT = Date.UTC(2101, 0, 1) / 1000 - 1;

/**
 * Changes of clocks before this are history: nothing of ours ran then. A fixed time, so that what a rule compiles to does
 * not depend on the day on which it is done.
 */
export const HISTORY_ENDS = Date.UTC(2025, 0, 1) / 1000;
