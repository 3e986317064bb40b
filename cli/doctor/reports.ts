import type { Settings } from '../../config.ts';
import { openSource } from '../../db/sources/open.ts';
import type { ReportConnection } from '../../domain/reports/connections.ts';
import { type Check, check, type Finding } from './checks.ts';

/** The databases that query reports ask, each by its name in REPORT_CONNECTIONS. */
export async function reportChecks({ reportConnections }: Settings): Promise<readonly Check[]> {
  return Promise.all(
    reportConnections.map((connection) =>
      check(`report connection ${connection.name}`, (signal) => reach(connection, signal), {
        mend: 'Check REPORT_CONNECTIONS and the server.',
      }),
    ),
  );
}

async function reach(connection: ReportConnection, signal: AbortSignal): Promise<Finding> {
  const { server, user, canWrite } = await openSource(connection).test({ signal });
  const who = user === undefined ? server : `${server}, as ${user}`;
  if (canWrite === undefined) return { state: 'ok', found: `${who}; it can read and not write` };
  const [found = canWrite, ...mend] = canWrite.split('. ');
  return {
    state: 'warning',
    found: `${who}; ${found}`,
    ...(mend.length === 0 ? {} : { mend: `${mend.join('. ')}.` }),
  };
}
