import { eq, sql } from 'drizzle-orm';
import type { Settings } from '../../config.ts';
import { openDatabase } from '../../db/pool.ts';
import { messages } from '../../db/schema-messages.ts';
import { messageOf } from '../../domain/errors.ts';
import { mailTemplates, missingForMail } from '../../workers/mail-deps.ts';
import { type Check, check, type Finding } from './checks.ts';

/** What events and mails need, beside Brevo's key. Without any of it funnels and schedules work all the same. */
export async function mailChecks(settings: Settings): Promise<readonly Check[]> {
  return Promise.all([
    check('mail settings', () => Promise.resolve(lookAtSettings(settings))),
    check('mail templates', () => Promise.resolve(lookAtTemplates(settings))),
    check('mails', () => lookAtMails(settings)),
    check('gateway', (signal) => lookAtGateway(settings, signal)),
  ]);
}

const NOT_SET_UP: Finding = { state: 'ok', found: 'not set up (docs/events.md)' };

function lookAtSettings(settings: Settings): Finding {
  const missing = missingForMail(settings);
  if (missing.length === 0) return { state: 'ok', found: `from ${settings.mail.from}` };
  if (settings.mail.from === undefined && settings.events.secrets.length === 0) return NOT_SET_UP;
  return {
    state: 'warning',
    found: `${missing.join(', ')} not set: mails of journeys wait`,
    mend: 'Set them in .env where journeys are to send mails (docs/deployment.md).',
  };
}

function lookAtTemplates(settings: Settings): Finding {
  const { all, warnings } = mailTemplates(settings);
  if (warnings.length === 0) return { state: 'ok', found: `${all.length}, all usable` };
  return {
    state: 'warning',
    found: `${all.length}; ${warnings.length} warnings`,
    mend: 'sluice templates check',
  };
}

async function lookAtMails({ databaseUrl }: Settings): Promise<Finding> {
  if (databaseUrl === undefined) return { state: 'skipped', found: 'needs our database' };
  const database = openDatabase(databaseUrl, { connections: 1 });
  try {
    const [row] = await database.orm
      .select({ uncertain: sql<number>`COUNT(*)` })
      .from(messages)
      .where(eq(messages.state, 'uncertain'));
    const uncertain = row?.uncertain ?? 0;
    if (uncertain === 0) return { state: 'ok', found: 'none whose fate is unknown' };
    return {
      state: 'warning',
      found: `${uncertain} may or may not have been taken by Brevo`,
      mend: 'sluice messages list --state uncertain, then sluice messages resolve',
    };
  } catch {
    // What is wrong with the database is told by its own checks.
    return { state: 'skipped', found: 'our database cannot be read' };
  } finally {
    await database.close();
  }
}

async function lookAtGateway({ gateway, events }: Settings, signal: AbortSignal): Promise<Finding> {
  const { publicUrl } = gateway;
  if (publicUrl === undefined || events.secrets.length === 0) {
    return NOT_SET_UP;
  }
  try {
    // One of the two addresses that a proxy passes on; without a token it is a page that says so.
    const { status } = await fetch(`${publicUrl}/u/doctor`, { signal });
    if (status < 500) return { state: 'ok', found: `${publicUrl} answers` };
    return { state: 'failed', found: `${publicUrl} answers ${status}`, mend: MEND };
  } catch (error) {
    return { state: 'failed', found: `${publicUrl} does not answer: ${messageOf(error)}`, mend: MEND };
  }
}

const MEND = 'Start sluice gateway, and look at the proxy before it: it passes /v1/* and /u/* on.';
