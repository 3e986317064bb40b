import { messageOf, SluiceError, UsageError } from '../domain/errors.ts';
import type { ReportDefinition, ReportWhen } from '../domain/reports/definition.ts';
import { reportScheduleId } from '../domain/reports/definition.ts';
import { cron, defineSchedule, every, once, rrule, type Schedule, type Span, type When } from './define.ts';
import { type ResolveInput, resolve } from './resolve.ts';
import type { ResolvedSchedule } from './resolved.ts';
import { parseSpan, spanText } from './span.ts';

/** What of a report its schedule depends on. */
export type ReportTimes = Pick<
  ReportDefinition,
  'id' | 'name' | 'when' | 'timezone' | 'catchUp' | 'catchUpWithin' | 'pauseAfterFailures'
>;

/**
 * The schedule of a report: starts `queryReport` with the report's id, one run at a time.
 * @throws SluiceError `schedule_unusable` whose message begins with the field: `when (cron 0 25 * * *): …`
 */
export function reportSchedule(
  report: ReportTimes,
  input: Omit<ResolveInput, 'declaredIn'>,
): ResolvedSchedule {
  try {
    return resolve(declared(report), { ...input, declaredIn: 'reports' });
  } catch (cause) {
    throw new SluiceError(messageOf(cause), { code: 'schedule_unusable', sort: 'item', cause });
  }
}

function declared({ id, name, when, timezone, catchUp, catchUpWithin, ...rest }: ReportTimes): Schedule {
  const { pauseAfterFailures } = rest;
  return defineSchedule({
    id: reportScheduleId(id),
    when: whenOf(when),
    timezone,
    start: { workflow: 'queryReport', args: [{ reportId: id }] },
    overlap: 'skip',
    catchUp,
    catchUpWithin: spanOf(catchUpWithin),
    ...(pauseAfterFailures === undefined ? {} : { pauseAfterFailures }),
    note: name,
  });
}

/** @throws UsageError for an interval that is none. */
function whenOf(when: ReportWhen): When {
  if ('cron' in when) return cron(when.cron);
  if ('rrule' in when) return rrule(when.rrule);
  if ('once' in when) return once(when.once);
  return every(spanOf(when.every), { offset: spanOf(when.offset ?? '0s') });
}

function spanOf(text: string): Span {
  const milliseconds = parseSpan(text);
  if (milliseconds % 1000 !== 0) throw new UsageError(`"${text}" is not in whole seconds`);
  return spanText(milliseconds);
}
