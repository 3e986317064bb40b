import { csvRows } from '../contacts/csv-rows.ts';
import { canonicalEmail, isEmailAddress } from '../contacts/email-address.ts';
import { invalidParameter, missingParameter, Refusal } from '../http/answers.ts';
import { type Operation, operation } from '../http/operation.ts';
import type { Sandbox } from '../sandbox.ts';
import { importContacts, pageOfLists } from '../schemas/contacts.ts';
import type { ImportRow } from '../state/import-rows.ts';
import type { ImportProcess } from '../state/records.ts';

const MOST_IMPORT_BYTES = 10 * 1024 * 1024;

/** `POST /contacts/import` and the processes that come of it. */
export function importOperations({ state, book, clock, imports, url }: Sandbox): readonly Operation[] {
  return [
    operation({
      method: 'POST',
      route: '/contacts/import',
      mostBodyBytes: MOST_IMPORT_BYTES,
      body: importContacts,
      run: ({ body, origin, importFault }) => {
        if (body.fileUrl !== undefined) {
          throw invalidParameter('fileUrl: the sandbox downloads nothing, use fileBody or jsonBody');
        }
        const rows = body.fileBody === undefined ? jsonRows(body.jsonBody ?? []) : csvRows(body.fileBody);
        if (!rows.some(identifiesSomebody)) {
          throw invalidParameter('We could not find any valid email or SMS or Contact ID in the file');
        }
        if ((body.listIds ?? []).length === 0 && body.newList === undefined) {
          throw missingParameter('listIds or newList is required');
        }
        book.requireLists(body.listIds);
        if (body.newList !== undefined && !state.folders.has(body.newList.folderId)) {
          throw invalidParameter('Folder ID is invalid');
        }
        const listIds = [...(body.listIds ?? [])];
        if (body.newList !== undefined) {
          const id = state.lists.nextId();
          const { listName: name, folderId } = body.newList;
          state.lists.put(id, { id, name, folderId, createdAt: origin.at });
          listIds.push(id);
        }
        const delayMs = state.settings.importDelayMs;
        const process: ImportProcess = {
          id: state.processes.nextId(),
          sequence: origin.sequence,
          createdAt: origin.at,
          startsAt: new Date(clock.nowMs() + Math.floor(delayMs / 2)).toISOString(),
          appliesAt: new Date(clock.nowMs() + delayMs).toISOString(),
          status: 'queued',
          rows: rows.length,
          applied: 0,
          created: 0,
          updated: 0,
          listIds,
          updateExisting: body.updateExistingContacts,
          emptyErases: body.emptyContactsAttributes,
          blacklistEmail: body.emailBlacklist,
          blacklistSms: body.smsBlacklist,
          notifyUrl: body.notifyUrl ?? null,
          invalidEmails: [],
          duplicateEmails: repeatedEmails(rows),
          willFail: importFault.fails,
          willRefuse: importFault.invalid,
        };
        state.importRows.write(process.id, rows);
        state.processes.put(process.id, process);
        imports.schedule(process);
        return { status: 202, body: { processId: process.id }, effect: 'queued', processId: process.id };
      },
    }),

    operation({
      method: 'GET',
      route: '/processes',
      query: pageOfLists,
      run: ({ query }) => {
        const all = [...state.processes.values()].sort((a, b) =>
          query.sort === 'asc' ? a.id - b.id : b.id - a.id,
        );
        const page = all.slice(query.offset, query.offset + query.limit);
        return { status: 200, body: { processes: page.map(view), count: all.length } };
      },
    }),

    operation({
      method: 'GET',
      route: '/processes/{processId}',
      run: ({ params }) => {
        const process = state.processes.get(Number(params['processId']));
        if (process === undefined) {
          throw new Refusal(404, { code: 'invalid_parameter', message: 'processId is invalid' });
        }
        return { status: 200, body: view(process) };
      },
    }),
  ];

  function view(process: ImportProcess) {
    const link = (kind: string, emails: readonly string[]) =>
      emails.length === 0 || process.status !== 'completed'
        ? null
        : `${url()}/exports/${process.id}/${kind}.csv`;
    return {
      id: process.id,
      name: 'IMPORTUSER',
      status: process.status,
      created_at: process.createdAt,
      info: {
        import: {
          invalid_emails: link('invalid_emails', process.invalidEmails),
          duplicate_contact_id: null,
          duplicate_ext_id: null,
          duplicate_email_id: link('duplicate_email_id', process.duplicateEmails),
          duplicate_phone_id: null,
          duplicate_whatsapp_id: null,
          duplicate_landline_number_id: null,
        },
      },
    };
  }
}

function jsonRows(
  sent: readonly {
    readonly email?: string | undefined;
    readonly ext_id?: string | undefined;
    readonly id?: number | undefined;
    readonly sms?: string | undefined;
    readonly attributes?: Readonly<Record<string, unknown>> | undefined;
  }[],
): readonly ImportRow[] {
  return sent.map((row) => ({
    email: row.email ?? null,
    extId: row.ext_id ?? null,
    contactId: row.id ?? null,
    attributes: { ...row.attributes, ...(row.sms === undefined ? {} : { SMS: row.sms }) },
  }));
}

function identifiesSomebody(row: ImportRow): boolean {
  return (
    (row.email !== null && isEmailAddress(canonicalEmail(row.email))) ||
    row.extId !== null ||
    row.contactId !== null ||
    typeof row.attributes['SMS'] === 'string'
  );
}

function repeatedEmails(rows: readonly ImportRow[]): readonly string[] {
  const seen = new Set<string>();
  const repeated = new Set<string>();
  for (const { email } of rows) {
    const canonical = email === null ? undefined : canonicalEmail(email);
    if (canonical !== undefined) {
      (seen.has(canonical) ? repeated : seen).add(canonical);
    }
  }
  return [...repeated];
}
