import { UsageError } from '../../domain/errors.ts';

const SHOWN = 60;

/** A rule that does not mean anything: names the part and quotes the offending text. */
export class RecurrenceError extends UsageError {}

/** Text of a rule, cut so that a megabyte does not fill the screen. */
export function quote(text: string): string {
  return JSON.stringify(text.length > SHOWN ? `${text.slice(0, SHOWN)}…` : text);
}
