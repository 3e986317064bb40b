import Table from 'cli-table3';
import { Command } from 'commander';
import { loadSettings } from '../../config.ts';
import { loadPerson } from '../../db/journey-people.ts';
import { UsageError } from '../../domain/errors.ts';
import { findJourney } from '../../domain/journeys/catalogue.ts';
import { durationMs, spanText } from '../../domain/journeys/durations.ts';
import type { Facts } from '../../domain/journeys/predicate.ts';
import { type SupposedEvent, type TimetableEntry, timetableOf } from '../../domain/journeys/timetable.ts';
import { findZone } from '../../schedules/recurrence/zone.ts';
import { withDatabase } from '../context.ts';
import { print, printJson } from '../output.ts';
import { parseTime, timeInZone } from '../schedules/times.ts';
import { visibleText } from '../visible-text.ts';
import { contactOf } from './find.ts';

interface Options {
  readonly contact?: string;
  readonly fields?: string;
  readonly at?: string;
  readonly timezone?: string;
  readonly event: readonly string[];
  readonly json?: true;
}

export function previewCommand(): Command {
  return new Command('preview')
    .argument('<id>', 'new-lead-handler, …')
    .description(
      'the complete timetable of one person, with the reason of every way; nothing is sent or written',
    )
    .option('--contact <email>', 'a person of ours')
    .option('--fields <json>', 'an invented person; needs no database')
    .option('--at <time>', 'when they enter, ISO 8601 (default: now)')
    .option('--timezone <zone>', "the person's, IANA (default: theirs, or CONTACT_TIMEZONE)")
    .option(
      '--event <event>',
      'what happens meanwhile: TYPE@+26h or TYPE@TIME, and what it changes: lead.assessment_complete@+10h={"red":3}; may be repeated',
      (value: string, earlier: readonly string[]) => [...earlier, value],
      [] as readonly string[],
    )
    .option('--json', 'one JSON value on stdout')
    .addHelpText(
      'after',
      `
Send windows are looked at; suppressions, consent and caps over all journeys are not.

Example:
  sluice journeys preview nurture-on-assessment --fields '{"red":2,"orange":1}' --at 2026-11-20T10:00:00Z --event lead.booked@+100h`,
    )
    .action(preview);
}

interface Somebody {
  readonly contactId: number | undefined;
  readonly facts: Facts;
  readonly timezone: string | undefined;
}

async function preview(id: string, options: Options): Promise<void> {
  const definition = findJourney(id);
  if ((options.contact === undefined) === (options.fields === undefined)) {
    throw new UsageError(
      'name a person: --contact EMAIL, or --fields with what is known of an invented one',
      'Like --fields \'{"red":2,"orange":1}\'.',
    );
  }
  const settings = loadSettings();
  const { contactId, facts, timezone } =
    options.contact === undefined
      ? { contactId: undefined, facts: parseFields('--fields', options.fields ?? ''), timezone: undefined }
      : await knownPerson(options.contact);
  const zone = parseZone(options.timezone) ?? timezone ?? settings.contactTimezone;
  const at =
    options.at === undefined ? new Date() : parseTime({ option: '--at', value: options.at, timezone: zone });
  const events = options.event.map((text) => parseEvent(text, { at, zone }));
  const entries = timetableOf({ definition, at: at.getTime(), facts, zone, contactId, events });
  if (options.json === true) {
    printJson({
      journey: id,
      version: definition.version,
      zone,
      entries: entries.map((entry) => ({ ...entry, at: new Date(entry.at).toISOString() })),
    });
  } else print(tableOf(entries, { from: at, zone }));
}

function knownPerson(email: string): Promise<Somebody> {
  return withDatabase(loadSettings(), async ({ orm }) => {
    const contactId = await contactOf(orm, email);
    const person = await loadPerson(orm, contactId);
    return { contactId, facts: person?.facts ?? {}, timezone: person?.timezone };
  });
}

function parseFields(option: string, text: string): Facts {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Facts;
  } catch {
    // Said below.
  }
  throw new UsageError(`${option}: "${visibleText(text)}" is no JSON object`, 'Like {"red":2,"orange":1}.');
}

function parseZone(zone: string | undefined): string | undefined {
  if (zone === undefined || findZone(zone) !== undefined) return zone;
  throw new UsageError(`--timezone "${visibleText(zone)}" is no IANA time zone`, 'Like Europe/Berlin.');
}

function parseEvent(text: string, { at, zone }: { readonly at: Date; readonly zone: string }): SupposedEvent {
  const [, type = '', when = '', fields = '{}'] = /^([a-z0-9_.-]+)@([^=]+?)(?:=(\{.*\}))?$/s.exec(text) ?? [];
  if (type === '') {
    throw new UsageError(`--event "${visibleText(text)}" is not TYPE@WHEN`, 'Like lead.booked@+26h.');
  }
  const after = when.startsWith('+') ? durationMs(when.slice(1)) : undefined;
  const happens =
    after === undefined
      ? parseTime({ option: '--event', value: when, timezone: zone }).getTime()
      : at.getTime() + after;
  return { type, at: happens, fields: parseFields('--event', fields) };
}

function tableOf(
  entries: readonly TimetableEntry[],
  { from, zone }: { readonly from: Date; readonly zone: string },
): string {
  const table = new Table({
    head: ['after', `when (${zone})`, 'what', 'why'],
    style: { head: [], border: [] },
    chars: { mid: '', 'left-mid': '', 'mid-mid': '', 'right-mid': '' },
    colWidths: [null, null, null, 50],
    wordWrap: true,
  });
  for (const { at, what, why } of entries) {
    table.push([
      spanText(at - from.getTime()),
      localText(at, zone),
      visibleText(what, { most: 80 }),
      why ?? '',
    ]);
  }
  return table.toString();
}

function localText(at: number, zone: string): string {
  const [, local] = /\((.*?)( [^ ]+)?\)$/.exec(timeInZone(new Date(at), zone)) ?? [];
  return local ?? new Date(at).toISOString().slice(0, 16).replace('T', ' ');
}
