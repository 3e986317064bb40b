import { createQueryReportActivities } from '../activities/query-report.ts';
import { createQueryReportMailActivities } from '../activities/query-report-mails.ts';
import { createQueryReportTroubleActivities } from '../activities/query-report-trouble.ts';
import type { Settings } from '../config.ts';
import type { Database } from '../db/pool.ts';
import { openSource } from '../db/sources/open.ts';
import type { Source } from '../db/sources/source.ts';
import { SluiceError } from '../domain/errors.ts';
import type { Templates } from '../mail/templates.ts';
import { parseSpan } from '../schedules/span.ts';
import { createPlanDeps, mailLinks, missingForMail } from './mail-deps.ts';
import { mailTaskQueue, reportTaskQueue } from './task-queues.ts';

/** What runs reports and mails them. */
export function createReportRunActivities({
  settings,
  database,
  templates,
}: {
  readonly settings: Settings;
  readonly database: Database;
  readonly templates: Templates;
}) {
  const { taskQueue } = settings.temporal;
  const canMail = missingForMail(settings).length === 0;
  const mailing = {
    database,
    mailTaskQueue: mailTaskQueue(taskQueue),
    plan: canMail ? createPlanDeps({ settings, database, templates }) : undefined,
    dryRun: settings.dryRun,
  };
  return {
    ...createQueryReportActivities({
      database,
      reportTaskQueue: reportTaskQueue(taskQueue),
      openConnection: (name) => openConnection(settings, name),
      spanMs: parseSpan,
    }),
    ...createQueryReportMailActivities({ ...mailing, links: mailLinks(settings) }),
    ...createQueryReportTroubleActivities(mailing),
  };
}

/** @throws SluiceError `connection_unknown` */
export function openConnection({ reportConnections }: Settings, name: string): Source {
  const connection = reportConnections.find((one) => one.name === name);
  if (connection !== undefined) return openSource(connection);
  const known = reportConnections.map((one) => one.name).join(', ');
  throw new SluiceError(`there is no connection "${name}"; there is ${known === '' ? 'none' : known}`, {
    code: 'connection_unknown',
    sort: 'item',
    hint: 'Add it to REPORT_CONNECTIONS, or name another in the report.',
  });
}
