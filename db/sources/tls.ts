import { readFileSync } from 'node:fs';
import { SluiceError } from '../../domain/errors.ts';
import type { ReportConnection } from '../../domain/reports/connections.ts';

/** What the drivers and `tls.connect` take; undefined without TLS. The certificate and its host name are checked. */
export function tlsOptions({
  name,
  tls,
  caFile,
}: ReportConnection): { readonly rejectUnauthorized: true; readonly ca?: string } | undefined {
  if (tls === 'off') return undefined;
  if (caFile === undefined) return { rejectUnauthorized: true };
  try {
    return { rejectUnauthorized: true, ca: readFileSync(caFile, 'utf8') };
  } catch {
    throw new SluiceError(`the ca file of connection "${name}" cannot be read`, {
      code: 'source_file_missing',
      hint: 'ca= in REPORT_CONNECTIONS is the path of a PEM file that this process may read.',
    });
  }
}
