import { invalidParameter, notFound } from '../http/answers.ts';
import { type Operation, operation } from '../http/operation.ts';
import type { Sandbox } from '../sandbox.ts';
import * as schema from '../schemas/events.ts';
import type { Webhook, WebhookType } from '../state/records.ts';

const MOST_WEBHOOKS = 40;

/** `/webhooks`: who wants to hear of what. */
export function webhookOperations({ state }: Sandbox): readonly Operation[] {
  return [
    operation({
      method: 'GET',
      route: '/webhooks',
      query: schema.listWebhooks,
      run: ({ query }) => ({
        status: 200,
        body: {
          webhooks: [...state.webhooks.values()].filter((webhook) => webhook.type === query.type).map(view),
        },
      }),
    }),

    operation({
      method: 'POST',
      route: '/webhooks',
      body: schema.createWebhook,
      run: ({ body, origin }) => {
        checkEvents({ type: body.type, events: body.events });
        if (state.webhooks.size >= MOST_WEBHOOKS) {
          throw invalidParameter(`Maximum number of webhooks (${MOST_WEBHOOKS}) reached`);
        }
        const webhook: Webhook = {
          id: state.webhooks.nextId(),
          url: body.url,
          type: body.type,
          events: body.events,
          description: body.description,
          batched: body.batched,
          auth: body.auth ?? null,
          headers: body.headers,
          createdAt: origin.at,
          modifiedAt: origin.at,
        };
        state.webhooks.put(webhook.id, webhook);
        return { status: 201, body: { id: webhook.id }, effect: 'created' };
      },
    }),

    operation({
      method: 'GET',
      route: '/webhooks/{webhookId}',
      run: ({ params }) => ({ status: 200, body: view(requireWebhook(params['webhookId'])) }),
    }),

    operation({
      method: 'PUT',
      route: '/webhooks/{webhookId}',
      body: schema.updateWebhook,
      run: ({ params, body, origin }) => {
        const webhook = requireWebhook(params['webhookId']);
        checkEvents({ type: webhook.type, events: body.events ?? webhook.events });
        state.webhooks.put(webhook.id, {
          ...webhook,
          url: body.url ?? webhook.url,
          events: body.events ?? webhook.events,
          description: body.description ?? webhook.description,
          batched: body.batched ?? webhook.batched,
          auth: body.auth ?? webhook.auth,
          headers: body.headers ?? webhook.headers,
          modifiedAt: origin.at,
        });
        return { status: 204, effect: 'updated' };
      },
    }),

    operation({
      method: 'DELETE',
      route: '/webhooks/{webhookId}',
      run: ({ params }) => {
        state.webhooks.delete(requireWebhook(params['webhookId']).id);
        return { status: 204, effect: 'deleted' };
      },
    }),
  ];

  function requireWebhook(id: string | undefined): Webhook {
    const webhook = state.webhooks.get(Number(id));
    if (webhook === undefined) {
      throw notFound('Webhook ID does not exist');
    }
    return webhook;
  }
}

function checkEvents({
  type,
  events,
}: {
  readonly type: WebhookType;
  readonly events: readonly string[];
}): void {
  const known: readonly string[] =
    type === 'transactional' ? schema.TRANSACTIONAL_SUBSCRIPTIONS : schema.MARKETING_SUBSCRIPTIONS;
  if (events.some((event) => !known.includes(event))) {
    throw invalidParameter('events is not valid');
  }
}

function view({ auth, ...webhook }: Webhook) {
  return { ...webhook, ...(auth === null ? {} : { auth }) };
}
