import { createMessageBatchActivities, type PlanDeps } from '../activities/message-batches.ts';
import { createMessageActivities, type MessageDeps } from '../activities/messages.ts';
import type { ReportLinks } from '../activities/report-mails.ts';
import type { BrevoClient } from '../brevo/client.ts';
import type { Mailbox } from '../brevo/mail.ts';
import { required, type SettingName, type Settings } from '../config.ts';
import type { Database } from '../db/pool.ts';
import { chartUrl } from '../mail/chart-links.ts';
import { fileUrl } from '../mail/file-links.ts';
import { addressHash } from '../mail/keys.ts';
import { loadTemplates, SHIPPED_TEMPLATES, type Templates } from '../mail/templates.ts';
import { unsubscribeUrl } from '../mail/unsubscribe.ts';

export interface MailInput {
  readonly settings: Settings;
  readonly database: Database;
  readonly brevo: BrevoClient;
  readonly templates: Templates;
}

/** Settings without which no mail can be sent, and that are not set. */
export function missingForMail({ secret, mail, gateway }: Settings): readonly SettingName[] {
  const needed: readonly (readonly [SettingName, string | undefined])[] = [
    ['SLUICE_SECRET', secret],
    ['MAIL_FROM', mail.from],
    ['PUBLIC_URL', gateway.publicUrl],
  ];
  return needed.filter(([, value]) => value === undefined).map(([name]) => name);
}

/** @throws SluiceError `templates_invalid`, which keeps a worker from starting: no mail goes out half made */
export function mailTemplates({ mail }: Settings): Templates {
  return loadTemplates(mail.templates ?? SHIPPED_TEMPLATES);
}

/**
 * What sends mails; undefined while a setting is missing: mails wait in their queue until a worker can send them.
 */
export function createMailActivities({ settings, database, brevo, templates }: MailInput) {
  const { secret, mail, gateway, contactTimezone, dryRun } = settings;
  const { publicUrl } = gateway;
  if (secret === undefined || publicUrl === undefined || mail.from === undefined) return undefined;
  const deps: MessageDeps = {
    database,
    brevo,
    templates,
    variables: mail.variables,
    links: { unsubscribeUrl: (link) => unsubscribeUrl({ publicUrl, secret, ...link }) },
    hashAddress: (email) => addressHash(secret, email),
    contactTimezone,
    from: mailboxOf(mail.from),
    ...(mail.replyTo === undefined ? {} : { replyTo: mailboxOf(mail.replyTo) }),
    ...(mail.postalAddress === undefined ? {} : { postalAddress: mail.postalAddress }),
    dryRun,
  };
  return { ...createMessageActivities(deps), ...createMessageBatchActivities(deps) };
}

/** What flows need that write many mails into the ledger (prepareBatch). @throws SettingsError without SLUICE_SECRET */
export function createPlanDeps({ settings, database, templates }: Omit<MailInput, 'brevo'>): PlanDeps {
  const secret = required('SLUICE_SECRET', settings.secret);
  return {
    database,
    templates,
    hashAddress: (email) => addressHash(secret, email),
    variables: settings.mail.variables,
  };
}

/** Links in mails; undefined while settings for them are missing. */
export function mailLinks({ secret, gateway: { publicUrl } }: Settings): ReportLinks | undefined {
  if (secret === undefined || publicUrl === undefined) return undefined;
  return {
    chartUrl: (chart) => chartUrl({ publicUrl, secret, chart }),
    fileUrl: (file) => fileUrl({ publicUrl, secret, ...file }),
  };
}

/** @param text `Name <address>` or an address, as the settings have checked it */
function mailboxOf(text: string): Mailbox {
  const [, name = '', email = text] = /^([^<>]*)<([^<>]+)>$/.exec(text) ?? [];
  return name.trim() === '' ? { email: email.trim() } : { email: email.trim(), name: name.trim() };
}
