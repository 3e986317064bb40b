import { Command } from 'commander';
import { UsageError } from '../../domain/errors.ts';
import { print, printJson } from '../output.ts';
import { visibleText } from '../visible-text.ts';
import { withSchedules } from './context.ts';
import { findApplied } from './find.ts';

const MOST_NOTE_BYTES = 1000;

export function pauseCommand(): Command {
  return new Command('pause')
    .argument('<id>', 'funnel-sync, …')
    .description('start no further runs; one under way goes on')
    .option('--note <text>', 'why; shown in the list and in the Web UI')
    .option('--json', 'one JSON value on stdout')
    .addHelpText('after', '\nExample:\n  sluice schedules pause funnel-sync --note "moving the site"')
    .action(async (id: string, options: { readonly note?: string; readonly json?: true }) => {
      const note = checkNote(options.note) ?? 'Paused by hand.';
      const before = await withSchedules(async (context) => {
        const { held } = await findApplied(context, id);
        await context.client.schedule.getHandle(id).pause(note);
        return held;
      });
      if (options.json === true) {
        printJson({ id, state: 'paused', note, before: before.paused ? 'paused' : 'active' });
        return;
      }
      if (before.paused) {
        print(
          `${id} was paused before, with the note "${visibleText(before.note, { most: 200 })}"; it has the new one now`,
        );
      } else print(`paused ${id}; go on with: sluice schedules resume ${id}`);
    });
}

/** @throws UsageError for a note that Temporal would refuse. */
export function checkNote(note: string | undefined): string | undefined {
  if (note === '') throw new UsageError('--note is empty');
  if (note === undefined || Buffer.byteLength(note) <= MOST_NOTE_BYTES) return note;
  throw new UsageError(`--note has ${Buffer.byteLength(note)} bytes; ${MOST_NOTE_BYTES} is the most`);
}
