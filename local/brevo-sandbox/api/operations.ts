import type { Operation } from '../http/operation.ts';
import type { Sandbox } from '../sandbox.ts';
import { accountOperations } from './account.ts';
import { attributeOperations } from './attributes.ts';
import { contactOperations } from './contacts.ts';
import { doubleOptInOperations } from './double-opt-in.ts';
import { eventOperations } from './events.ts';
import { importOperations } from './imports.ts';
import { listOperations } from './lists.ts';
import { mailOperations } from './mail.ts';
import { mailReportOperations } from './mail-reports.ts';
import { templateOperations } from './templates.ts';
import { webhookOperations } from './webhooks.ts';

/** Every call of Brevo's API that the sandbox knows. */
export function allOperations(sandbox: Sandbox): readonly Operation[] {
  return [
    accountOperations,
    contactOperations,
    listOperations,
    attributeOperations,
    importOperations,
    doubleOptInOperations,
    mailOperations,
    mailReportOperations,
    templateOperations,
    eventOperations,
    webhookOperations,
  ].flatMap((operationsOf) => operationsOf(sandbox));
}
