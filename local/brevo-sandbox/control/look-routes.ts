import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import type { Sandbox } from '../sandbox.ts';
import { settingsSchema } from '../state/settings.ts';
import { ledgerQuerySchema } from './schemas.ts';
import { contactState, ledgerEntries, ledgerLine, listStates, sandboxState } from './views.ts';

const contactsQuery = z.object({
  list: z.coerce.number().int().optional(),
  offset: z.coerce.number().int().min(0).default(0),
  limit: z.coerce.number().int().min(1).default(1_000_000),
});

/** The half of the control API that only looks. */
export function lookRoutes(app: FastifyInstance, sandbox: Sandbox): void {
  const { state, clock } = sandbox;

  app.get('/health', (_request, reply) => reply.send({ ok: true, now: clock.nowIso(), url: sandbox.url() }));
  app.get('/state', (_request, reply) => reply.send(sandboxState(sandbox)));
  app.get('/lists', (_request, reply) => reply.send(listStates(sandbox)));
  app.get('/mails', (_request, reply) => reply.send([...state.mails.values()]));
  app.get('/events', (_request, reply) => reply.send([...state.customEvents.values()]));
  app.get('/processes', (_request, reply) => reply.send([...state.processes.values()]));
  app.get('/deliveries', (_request, reply) => reply.send([...state.deliveries.values()]));
  app.get('/faults', (_request, reply) => reply.send([...state.faults.values()]));
  app.get('/limits', (_request, reply) => reply.send(state.settings.limits));
  app.get('/settings', (_request, reply) => reply.send(settingsSchema.strip().parse(state.settings)));

  app.get('/contacts', (request, reply) => {
    const { list, offset, limit } = contactsQuery.parse(request.query);
    const all =
      list === undefined
        ? [...state.contacts.values()]
        : [...state.contactIndex.inList(list)].flatMap((id) => state.contacts.get(id) ?? []);
    return reply.send(all.slice(offset, offset + limit));
  });
  app.get<{ Params: { email: string } }>('/contacts/:email', (request, reply) =>
    reply.send(contactState(sandbox, request.params.email)),
  );

  app.get('/ledger', (request, reply) =>
    reply.send(ledgerEntries(sandbox, ledgerQuerySchema.parse(request.query)).map(ledgerLine)),
  );
  app.get<{ Params: { sequence: string } }>('/ledger/:sequence', (request, reply) => {
    const entry = state.ledger.entries()[Number(request.params.sequence) - 1];
    if (entry === undefined) {
      return reply.code(404).send({ error: 'There is no such ledger entry.' });
    }
    return reply.send(
      entry.processId === null ? entry : { ...entry, rows: state.importRows.read(entry.processId) },
    );
  });
}
