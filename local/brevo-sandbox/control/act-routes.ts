import type { FastifyInstance } from 'fastify';
import { faultInputSchema } from '../faults/rules.ts';
import { limitSettingsSchema } from '../limits.ts';
import { resetSandbox, type Sandbox } from '../sandbox.ts';
import { settingsSchema } from '../state/settings.ts';
import * as schema from './schemas.ts';
import { seed } from './seed.ts';
import { triggerCampaignEvent, triggerMessageEvents } from './trigger.ts';

/** The half of the control API that makes things happen. Everything is on disk before it answers. */
export function actRoutes(app: FastifyInstance, sandbox: Sandbox): void {
  const { state, clock, keys, limits, faults, webhooks } = sandbox;

  app.post('/faults', (request, reply) => {
    const rule = faults.add(faultInputSchema.parse(request.body));
    state.commit();
    return reply.code(201).send(rule);
  });
  app.delete('/faults', (_request, reply) => {
    for (const { id } of state.faults.values()) {
      state.faults.delete(id);
    }
    state.commit();
    return reply.code(204).send();
  });
  app.delete<{ Params: { id: string } }>('/faults/:id', (request, reply) => {
    state.faults.delete(Number(request.params.id));
    state.commit();
    return reply.code(204).send();
  });

  app.put('/limits', (request, reply) => {
    const chosen = limitSettingsSchema.parse(request.body);
    state.changeSettings({ limits: chosen });
    state.commit();
    limits.use(chosen);
    return reply.send(chosen);
  });
  app.put('/keys', (request, reply) => {
    keys.replace(schema.keysSchema.parse(request.body).keys);
    return reply.code(204).send();
  });
  app.put('/settings', (request, reply) => {
    const change = settingsSchema.partial().parse(request.body);
    state.changeSettings(
      Object.fromEntries(Object.entries(change).filter(([, value]) => value !== undefined)),
    );
    state.commit();
    return reply.send(settingsSchema.strip().parse(state.settings));
  });

  app.post('/reset', async (_request, reply) => {
    await resetSandbox(sandbox);
    return reply.code(204).send();
  });
  app.post('/seed', (request, reply) => {
    seed(sandbox, schema.seedSchema.parse(request.body));
    state.commit();
    return reply.code(204).send();
  });
  app.post('/clock', (request, reply) => {
    clock.advance(schema.clockSchema.parse(request.body).advanceMs);
    state.changeSettings({ clockOffsetMs: clock.offsetMs });
    state.commit();
    return reply.send({ now: clock.nowIso() });
  });

  app.post<{ Params: { id: string } }>('/messages/:id/events', async (request, reply) => {
    const mail = state.mailByMessageId(request.params.id);
    if (mail === undefined) {
      return reply.code(404).send({ error: 'There is no such mail.' });
    }
    const trigger = schema.triggerSchema.parse(request.body);
    return reply.send(await triggerMessageEvents(sandbox, { mail, trigger }));
  });
  app.post('/campaign-events', async (request, reply) => {
    const trigger = schema.campaignEventSchema.parse(request.body);
    return reply.send(await triggerCampaignEvent(sandbox, trigger));
  });
  app.post('/webhooks/flush', async (_request, reply) => {
    webhooks.flush();
    const pending = [...state.deliveries.values()].filter((delivery) => delivery.state === 'pending');
    return reply.send(await webhooks.firstAttempts(pending));
  });
}
