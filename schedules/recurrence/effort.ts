import { RecurrenceError } from './error.ts';

/** What an expansion may still cost; shared by all rules of a set, so that twenty of them cost no more than one. */
export interface Effort {
  /** @param units days or times looked at @throws RecurrenceError when it is used up */
  readonly spend: (units: number) => void;
}

/** Days to look through; from the year 1 to 2053, day by day. */
const DAYS = 750_000;
/** Occurrences to look at, those that an exception takes away included; more than any real rule needs. */
const TIMES = 200_000;

export function daysEffort(): Effort {
  return createEffort(DAYS, () => {
    throw new RecurrenceError(
      'RRULE: its times are so rare, or so many of them are counted, that looking for the next one was given up',
      'Give a later DTSTART, a smaller COUNT, or fewer rules.',
    );
  });
}

/** @param count occurrences that are asked for */
export function timesEffort(count: number): Effort {
  return createEffort(TIMES + 20 * count, () => {
    throw new RecurrenceError(
      'EXRULE: so many of the times are taken away that looking for the next one was given up',
      'Say what is left as a rule of its own.',
    );
  });
}

function createEffort(units: number, giveUp: () => never): Effort {
  let left = units;
  return {
    spend(used) {
      left -= used;
      if (left < 0) giveUp();
    },
  };
}
