import { Context } from '@temporalio/activity';
import { anyAnswer, type BrevoClient } from '../brevo/client.ts';
import { loadPerson } from '../db/journey-people.ts';
import type { Database } from '../db/pool.ts';
import type { UpdateStep, ValueSource } from '../domain/journeys/steps.ts';

export interface JourneyContactDeps {
  readonly database: Database;
  readonly brevo: BrevoClient;
  /** True: Brevo is not written to, and the journey goes on. */
  readonly dryRun: boolean;
}

type BrevoChange = NonNullable<UpdateStep['brevo']>;

export function createJourneyContactActivities({ database, brevo, dryRun }: JourneyContactDeps) {
  return {
    /**
     * Writes attributes of the contact in Brevo and lets it join lists. Says the same however often it is called, and
     * what is written last stands. Never touches the blocklist: an unsubscribed person stays so.
     * https://developers.brevo.com/reference/createcontact
     */
    async updateBrevoContact({
      contactId,
      attributes = {},
      lists = [],
    }: BrevoChange & { readonly contactId: number }): Promise<{
      readonly status: 'done' | 'dry' | 'nobody';
    }> {
      const person = await loadPerson(database.orm, contactId);
      if (person === undefined) return { status: 'nobody' };
      if (dryRun) return { status: 'dry' };
      const values = Object.entries(attributes)
        .map(([name, source]) => [name, valueOf(source, person.facts)] as const)
        // What is not known changes nothing; an empty text would delete what Brevo has.
        .filter(([, value]) => value !== undefined);
      const body = {
        email: person.email,
        updateEnabled: true,
        ...(values.length === 0 ? {} : { attributes: Object.fromEntries(values) }),
        ...(lists.length === 0 ? {} : { listIds: lists }),
      };
      await brevo.call({ method: 'POST', path: '/contacts', body }, anyAnswer, {
        signal: Context.current().cancellationSignal,
      });
      return { status: 'done' };
    },
  };
}

export type JourneyContactActivities = ReturnType<typeof createJourneyContactActivities>;

function valueOf(source: ValueSource, facts: Readonly<Record<string, unknown>>): unknown {
  return typeof source === 'object' ? facts[source.field] : source;
}
