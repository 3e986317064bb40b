import { withDatabase } from '../cli/context.ts';
import type { Settings } from '../config.ts';
import { contacts } from '../db/schema-people.ts';

const ROWS = 1_000;

/** Contacts who agreed to marketing mail, `person<number>@example.com`. */
export async function inventPeople(settings: Settings, people: number): Promise<void> {
  const now = new Date();
  await withDatabase(settings, async ({ orm }) => {
    for (let done = 0; done < people; done += ROWS) {
      await orm.insert(contacts).values(
        Array.from({ length: Math.min(ROWS, people - done) }, (_, index) => ({
          email: `person${done + index}@example.com`,
          firstName: 'Sarah',
          fields: '{}',
          consent: 'opted_in' as const,
          consentAt: now,
          createdAt: now,
          updatedAt: now,
        })),
      );
    }
  });
}
