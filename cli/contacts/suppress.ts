import { Command } from 'commander';
import { releaseSuppressions } from '../../db/release.ts';
import { suppress, suppressionsInForce } from '../../db/suppressions.ts';
import { UsageError } from '../../domain/errors.ts';
import { SUPPRESSION_REASONS, type SuppressionReason } from '../../domain/people.ts';
import { MAIL_SCOPES, type MailScope } from '../../domain/sending/scopes.ts';
import { withDatabase } from '../context.ts';
import { print, printJson } from '../output.ts';
import { namedPerson, refuseDryRun } from './person.ts';

interface Options {
  readonly scope?: string;
  readonly reason?: string;
  readonly json?: true;
}

/** Erasing is more than suppressing. */
const GIVEN_REASONS = SUPPRESSION_REASONS.filter((reason) => reason !== 'erased');
/** These end only where they are named. */
const LASTING: readonly SuppressionReason[] = ['erased', 'complaint'];

export function suppressCommand(): Command {
  return new Command('suppress')
    .argument('<email>', 'any spelling of the address; it need not be a contact')
    .description('never mail an address, whatever comes')
    .option('--scope <scope>', `what to stop: ${MAIL_SCOPES.join(', ')}`, 'all')
    .option('--reason <reason>', `why: ${GIVEN_REASONS.join(', ')}`, 'operator')
    .option('--json', 'one JSON value on stdout')
    .addHelpText('after', '\nExample:\n  sluice contacts suppress anna@example.com --scope marketing')
    .action(async (written: string, { scope, reason, json }: Options) => {
      const person = namedPerson(written);
      const added = {
        addressHash: person.addressHash,
        scope: oneOf({ option: '--scope', value: scope ?? 'all', known: MAIL_SCOPES }),
        reason: oneOf({ option: '--reason', value: reason ?? 'operator', known: GIVEN_REASONS }),
        source: 'operator',
        since: new Date(),
      } as const;
      refuseDryRun(person.settings);
      const inForce = await withDatabase(person.settings, async ({ orm }) => {
        await suppress(orm, [added]);
        return suppressionsInForce(orm, person.addressHash);
      });
      if (json === true) printJson({ inForce });
      else print(`suppressed: ${listed(inForce)}`);
    });
}

export function releaseCommand(): Command {
  return new Command('release')
    .argument('<email>', 'any spelling of the address')
    .description('take suppressions of an address back')
    .option('--scope <scope>', `only those of this scope: ${MAIL_SCOPES.join(', ')}`)
    .option('--reason <reason>', `only those for this reason: ${SUPPRESSION_REASONS.join(', ')}`)
    .option('--json', 'one JSON value on stdout')
    .addHelpText(
      'after',
      `
Complaints and erasures are taken back only with --reason complaint or --reason erased: the person must have asked for
it. What Brevo itself blocks stays blocked there.

Example:
  sluice contacts release anna@example.com --reason hard_bounce`,
    )
    .action(async (written: string, { scope, reason, json }: Options) => {
      const person = namedPerson(written);
      const wanted = {
        addressHash: person.addressHash,
        scopes:
          scope === undefined
            ? undefined
            : [oneOf<MailScope>({ option: '--scope', value: scope, known: MAIL_SCOPES })],
        reasons:
          reason === undefined
            ? SUPPRESSION_REASONS.filter((one) => !LASTING.includes(one))
            : [oneOf<SuppressionReason>({ option: '--reason', value: reason, known: SUPPRESSION_REASONS })],
        at: new Date(),
      };
      refuseDryRun(person.settings);
      const { released, inForce } = await withDatabase(person.settings, async (database) => ({
        released: await releaseSuppressions(database, wanted),
        inForce: await suppressionsInForce(database.orm, person.addressHash),
      }));
      if (json === true) printJson({ released, inForce });
      else print(`released: ${listed(released)}\nstill in force: ${listed(inForce)}`);
    });
}

function listed(rows: readonly { readonly scope: string; readonly reason: string }[]): string {
  return rows.map(({ scope, reason }) => `${scope} (${reason})`).join(', ') || 'nothing';
}

function oneOf<T extends string>({
  option,
  value,
  known,
}: {
  readonly option: string;
  readonly value: string;
  readonly known: readonly T[];
}): T {
  const found = known.find((one) => one === value);
  if (found !== undefined) return found;
  throw new UsageError(`${option} "${value}" is none of ${known.join(', ')}`);
}
