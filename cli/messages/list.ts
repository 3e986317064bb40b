import Table from 'cli-table3';
import { Command } from 'commander';
import { loadSettings } from '../../config.ts';
import { listMessages } from '../../db/message-list.ts';
import type { Message } from '../../db/messages.ts';
import { canonicalEmail } from '../../domain/email.ts';
import { UsageError } from '../../domain/errors.ts';
import { MESSAGE_STATES } from '../../domain/sending/message.ts';
import { withDatabase } from '../context.ts';
import { print, printJson } from '../output.ts';
import { parseNumber } from '../quarantine-options.ts';
import { visibleText, visibleTime } from '../visible-text.ts';
import { messageJson, parseState, shownAddress } from './text.ts';

const SHOWN = 50;

export function listCommand(): Command {
  return new Command('list')
    .description('mails, newest first')
    .option('--state <state>', `only these: ${MESSAGE_STATES.join(', ')}`)
    .option('--contact <email>', 'only those of this person, any spelling of the address')
    .option('--limit <number>', `rows at most (default: ${SHOWN})`)
    .option('--show-addresses', 'whole addresses instead of a***@example.com')
    .option('--json', 'one JSON value on stdout')
    .addHelpText('after', '\nTimes are UTC. Example:\n  sluice messages list --state uncertain')
    .action(list);
}

interface ListOptions {
  readonly state?: string;
  readonly contact?: string;
  readonly limit?: string;
  readonly showAddresses?: true;
  readonly json?: true;
}

async function list(options: ListOptions): Promise<void> {
  const state = parseState(options.state);
  const limit = parseNumber({ option: '--limit', value: options.limit ?? String(SHOWN) });
  const email = options.contact === undefined ? undefined : parseContact(options.contact);
  const rows = await withDatabase(loadSettings(), ({ orm }) => listMessages(orm, { state, email, limit }));
  if (options.json === true) printJson({ messages: rows.map((row) => messageJson(row, options)) });
  else print(rows.length === 0 ? 'no mails' : table(rows, options));
}

function parseContact(written: string): string {
  const address = canonicalEmail(written);
  if (address.ok) return address.email;
  throw new UsageError(`--contact "${visibleText(written)}" is not an e-mail address`);
}

function table(rows: readonly Message[], options: ListOptions): string {
  const lines = new Table({
    head: ['id', 'state', 'why', 'to', 'template', 'due', 'key'],
    style: { head: [], border: [] },
    chars: { mid: '', 'left-mid': '', 'mid-mid': '', 'right-mid': '' },
    colAligns: ['right', 'left', 'left', 'left', 'left', 'left', 'left'],
  });
  for (const row of rows) {
    lines.push([
      row.id,
      row.state,
      row.reason ?? '–',
      shownAddress(row.email, options),
      row.template,
      visibleTime(row.dueAt),
      row.messageKey,
    ]);
  }
  return lines.toString();
}
