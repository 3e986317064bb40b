import type { Settings } from '../config.ts';
import { UsageError } from '../domain/errors.ts';
import { REJECTION_REASONS, type RejectionReason } from '../domain/intake.ts';
import { intakeWindow } from '../domain/intake-window.ts';
import { visibleText } from './visible-text.ts';

/** @throws UsageError */
export function parseReason(value: string | undefined): RejectionReason | undefined {
  if (value === undefined) return undefined;
  const reason = REJECTION_REASONS.find((one) => one === value);
  if (reason === undefined) {
    throw new UsageError(
      `--reason "${visibleText(value)}" is not known`,
      `One of ${REJECTION_REASONS.join(', ')}.`,
    );
  }
  return reason;
}

/** @throws UsageError */
export function parseNumber({ option, value }: { readonly option: string; readonly value: string }): number {
  if (!/^\d{1,15}$/.test(value) || Number(value) < 1) {
    throw new UsageError(`${option} "${visibleText(value)}" is not a whole number above 0`);
  }
  return Number(value);
}

/** Whether runs of now still judge a sitting of that time. */
export function windowTest(settings: Settings): (testedAt: Date) => boolean {
  const { from } = intakeWindow({ asOf: new Date(), lookbackDays: settings.site.lookbackDays });
  return (testedAt) => testedAt.getTime() >= from;
}
