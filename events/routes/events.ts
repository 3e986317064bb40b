import type { FastifyInstance } from 'fastify';
import type { Acceptance, NewEvent } from '../../db/accept-events.ts';
import { runsOf } from '../../db/events.ts';
import type { RouteDeps } from '../deps.ts';
import { expectedRuns } from '../dispatch-event.ts';
import {
  eventConflict,
  eventsInvalid,
  PROBLEM_TYPE,
  type Problem,
  ProblemError,
  personUnknown,
  problem,
} from '../problem.ts';
import { MOST_EVENTS, type ReadEvent, readEvent } from '../read-event.ts';
import { webhookKey } from '../standard-webhooks.ts';
import { bytesOf, parseJson, requireJson } from './body.ts';
import { verified } from './signature.ts';

interface AcceptedAnswer {
  readonly id: string;
  readonly duplicate: boolean;
  readonly runs: readonly { readonly trigger: string; readonly workflowId: string }[];
}

type Answer =
  | { readonly accepted: AcceptedAnswer }
  | { readonly rejected: Problem & { readonly index: number; readonly id?: string } };

/** POST /v1/events: what websites tell. Answered once it is durable; what it starts is started right after. */
export async function eventRoutes(app: FastifyInstance, deps: RouteDeps): Promise<void> {
  const keys = deps.secrets.events.map(webhookKey);
  app.post('/v1/events', { onRequest: requireJson }, async (request, reply) => {
    const now = new Date();
    const webhookId = verified(request, { keys, now });
    const body = parseJson(bytesOf(request.body));
    const isBatch = Array.isArray(body);
    const read = isBatch ? readBatch(body, now) : [readEvent(body, { webhookId, at: '', now })];
    const answers = await settle(read, { deps, isBatch });
    const rejected = answers.flatMap((answer) => ('rejected' in answer ? [answer.rejected] : []));
    const accepted = answers.flatMap((answer) => ('accepted' in answer ? [answer.accepted] : []));
    if (accepted.some(({ duplicate }) => !duplicate)) deps.onAccepted();
    if (rejected.length === 0) return reply.code(202).send({ accepted });
    if (accepted.length > 0) return reply.code(207).send({ accepted, rejected });
    const told = whole(rejected, { isBatch });
    return reply.code(told.status).type(PROBLEM_TYPE).send(JSON.stringify(told));
  });
}

function readBatch(body: readonly unknown[], now: Date): readonly ReadEvent[] {
  if (body.length === 0 || body.length > MOST_EVENTS) {
    throw new ProblemError(
      eventsInvalid([
        { field: 'body', message: `must have 1 to ${MOST_EVENTS} events, it has ${body.length}` },
      ]),
    );
  }
  return body.map((one, index) => readEvent(one, { webhookId: undefined, at: `[${index}].`, now }));
}

/** Makes the good ones durable, all together, and says of each what became of it. */
async function settle(
  read: readonly ReadEvent[],
  { deps, isBatch }: { readonly deps: RouteDeps; readonly isBatch: boolean },
): Promise<readonly Answer[]> {
  const good = read.flatMap((one) => (one.ok ? [one.event] : []));
  const acceptances = good.length === 0 ? [] : await deps.intake.accept(good);
  const receivedAt = new Date();
  let next = 0;
  const answers: Answer[] = [];
  for (const [index, one] of read.entries()) {
    const at = isBatch ? `[${index}].` : '';
    const acceptance = one.ok ? acceptances[next++] : undefined;
    if (!one.ok) answers.push(rejection({ index, id: one.id, told: eventsInvalid(one.errors) }));
    else if (acceptance !== undefined)
      answers.push(await answer({ event: one.event, acceptance, at, index, receivedAt, deps }));
  }
  return answers;
}

async function answer({
  event,
  acceptance,
  at,
  index,
  receivedAt,
  deps,
}: {
  readonly event: NewEvent;
  readonly acceptance: Acceptance;
  readonly at: string;
  readonly index: number;
  readonly receivedAt: Date;
  readonly deps: RouteDeps;
}): Promise<Answer> {
  const { eventId, resource } = event;
  if (acceptance.status === 'conflict')
    return rejection({ index, id: eventId, told: eventConflict(eventId) });
  if (acceptance.status === 'unknown_person')
    return rejection({ index, id: eventId, told: personUnknown({ resource, at }) });
  const { id, contactId = null } = acceptance;
  const isDuplicate = acceptance.status === 'duplicate';
  // Durable it is in any case; what it started is only a service to the sender.
  const noted = isDuplicate ? await runsOf(deps.database.orm, id).catch(() => []) : [];
  const runs =
    noted.length > 0
      ? noted
          .filter(({ workflowId }) => workflowId !== '')
          .map(({ trigger, workflowId }) => ({ trigger, workflowId }))
      : expectedRuns({ ...event, id, contactId, receivedAt, attempts: 0 }, deps.triggers);
  return { accepted: { id: eventId, duplicate: isDuplicate, runs } };
}

function rejection({
  index,
  id,
  told,
}: {
  readonly index: number;
  readonly id: string | undefined;
  readonly told: Problem;
}): Answer {
  return { rejected: { index, ...(id === undefined ? {} : { id }), ...told } };
}

/** Nothing was taken: one answer for all of it. */
function whole(
  rejected: readonly (Problem & { readonly index: number })[],
  { isBatch }: { readonly isBatch: boolean },
): Problem {
  const [first] = rejected;
  if (!isBatch && first !== undefined) {
    const { index: _, ...told } = first;
    return told;
  }
  const conflicts = rejected.filter(({ status }) => status === 409);
  if (conflicts.length === rejected.length && first !== undefined)
    return problem({ status: 409, code: 'event_conflict', detail: `none was taken: ${first.detail}` });
  return eventsInvalid(
    rejected.flatMap(({ index, errors, detail }) => errors ?? [{ field: `[${index}].id`, message: detail }]),
  );
}
