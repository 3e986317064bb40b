import { Command } from 'commander';
import { compile } from '../schedules/recurrence/compile.ts';
import { expand } from '../schedules/recurrence/expand.ts';
import { parseRecurrence } from '../schedules/recurrence/parse.ts';
import { toSdk } from '../schedules/recurrence/sdk-spec.ts';
import { answerLines } from './recurrence/lines.ts';

const DEFAULT_COUNT = 10;

/** Rules of RFC 5545 without a schedule or a server: JSON lines in, JSON lines out. */
export function recurrenceCommand(): Command {
  const recurrence = new Command('recurrence').description(
    'RFC 5545 rules: when they run, and what Temporal is told',
  );
  recurrence
    .command('expand')
    .description(
      'JSON lines {"id","ics","after","before","count","timezone"} on stdin; {"id","times"} or {"id","error"} on stdout',
    )
    .option('--json', 'JSON lines are what it always prints')
    .addHelpText(
      'after',
      `
ics       DTSTART, RRULE, RDATE, EXDATE lines, or a bare FREQ=… (then DTSTART is midnight of 2020-01-01)
after     instant, not itself included; default now
before    instant, not itself included; optional
count     at most so many times; default ${DEFAULT_COUNT}
timezone  IANA zone of a rule without one of its own; default UTC

Example:
  echo '{"id":1,"ics":"DTSTART;TZID=Europe/Berlin:20260101T090000\\nRRULE:FREQ=MONTHLY;BYDAY=1MO","count":3}' | sluice recurrence expand`,
    )
    .action(async () => {
      await answerLines(
        ({ ics, after = nowInSeconds(), before, count = DEFAULT_COUNT, timezone = 'UTC' }) => {
          const set = parseRecurrence(ics, { zone: timezone });
          const times = expand(set, { after, count, ...(before === undefined ? {} : { before }) });
          return { times: times.map(utcText) };
        },
      );
    });
  recurrence
    .command('compile')
    .description('the same lines on stdin; {"id","kind","spec","reason"} or {"id","error"} on stdout')
    .option('--json', 'JSON lines are what it always prints')
    .addHelpText(
      'after',
      `
after     instant from which an enumerated spec begins; default now
The spec has the shape of the TypeScript SDK's ScheduleSpec: spans in milliseconds, times as ISO 8601 texts.

Example:
  echo '{"id":1,"ics":"FREQ=MONTHLY;BYMONTHDAY=-1","timezone":"Europe/Berlin"}' | sluice recurrence compile`,
    )
    .action(async () => {
      await answerLines(({ ics, after = nowInSeconds(), timezone = 'UTC' }) => {
        const set = parseRecurrence(ics, { zone: timezone });
        const { kind, spec, reason } = compile({ kind: 'rules', set }, { now: after });
        return { kind, spec: toSdk(spec), reason };
      });
    });
  return recurrence;
}

function nowInSeconds(): number {
  return Math.floor(Date.now() / 1000);
}

function utcText(instant: number): string {
  return new Date(instant * 1000).toISOString().replace('.000Z', 'Z');
}
