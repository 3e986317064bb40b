import { type MeasuredStack, wrong } from './measured-stack.ts';

/** The sandbox shows at most so many lines of its ledger. */
const MOST_LINES = 100_000;
const LOOK_MS = 1000;

export interface AcceptedMails {
  /** When the first mail to each address was accepted, UTC milliseconds. */
  readonly at: ReadonlyMap<string, number>;
  /** Answers 429. */
  readonly refusals: number;
}

/**
 * Waits until the sandbox has accepted so many mails.
 * @throws SluiceError when it has not after `limitMs`, or has accepted two to one address
 */
export async function acceptedMails(
  { sandbox, progress }: MeasuredStack,
  { mails, limitMs }: { readonly mails: number; readonly limitMs: number },
): Promise<AcceptedMails> {
  const step = progress.step(`${mails} mails`);
  for (const end = Date.now() + limitMs; ; await new Promise((resolve) => setTimeout(resolve, LOOK_MS))) {
    const found = (await sandbox.state()).calls['POST /smtp/email']?.['201'] ?? 0;
    step.say(`${found} of ${mails} accepted`);
    if (found >= mails) break;
    if (Date.now() > end) throw wrong(`of ${mails} mails only ${found} were accepted in ${limitMs / 1000} s`);
  }
  const calls = await sandbox.ledger({ method: 'POST', route: '/smtp/email', limit: MOST_LINES });
  const accepted = calls.filter((call) => call.accepted);
  const at = new Map(accepted.map((call) => [call.emails[0] ?? '', Date.parse(call.at)]));
  if (at.size !== mails || accepted.length !== mails)
    throw wrong(`${accepted.length} mails to ${at.size} addresses were accepted instead of ${mails}`);
  step.done('all accepted');
  return { at, refusals: calls.filter(({ status }) => status === 429).length };
}
