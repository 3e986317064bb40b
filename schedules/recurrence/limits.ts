/** What Temporal's calendars know, instants in seconds: 2000 to 2100. */
export const FIRST_INSTANT = Date.UTC(2000, 0, 1) / 1000;
export const LAST_INSTANT = Date.UTC(2101, 0, 1) / 1000 - 1;
