import { z } from 'zod';
import { BREVO_ATTRIBUTES } from '../domain/brevo-changes.ts';
import { FUNNEL_TYPES, type FunnelType } from '../domain/funnels.ts';
import { anyAnswer, type BrevoClient } from './client.ts';

/** What the account has of what Sluice needs. */
export interface BrevoSetup {
  readonly attributes: readonly AttributeState[];
  readonly lists: readonly ListState[];
}

export interface AttributeState {
  readonly name: string;
  readonly type: string;
  readonly state: 'present' | 'missing' | 'other_type';
  /** The type it has in the account. */
  readonly found: string | undefined;
}

export interface ListState {
  readonly funnel: FunnelType;
  readonly name: string;
  /** As configured, or as found by its name. */
  readonly id: number | undefined;
  /** `unknown_id`: the configured id is no list of the account. */
  readonly state: 'present' | 'missing' | 'unknown_id';
}

const LIST_NAMES: Readonly<Record<FunnelType, string>> = {
  language: 'Funnel: language tests',
  non_language: 'Funnel: other tests',
};
const FOLDER = 'Sluice';
const PAGE = 50;

const attributes = z.object({
  attributes: z.array(z.object({ name: z.string(), category: z.string(), type: z.string().optional() })),
});
const named = z.object({ id: z.number(), name: z.string() });
const created = z.object({ id: z.number() });

/** Looks, and changes nothing. @param configured list id of each funnel; 0 = none. */
export async function inspectBrevo(
  brevo: BrevoClient,
  configured: Readonly<Record<FunnelType, number>>,
): Promise<BrevoSetup> {
  const found = await brevo.call({ method: 'GET', path: '/contacts/attributes' }, attributes);
  const lists = await allNamed(brevo, 'lists');
  return {
    attributes: Object.entries(BREVO_ATTRIBUTES).map(([name, type]) => {
      const there = found.attributes.find(
        (one) => one.category === 'normal' && one.name.toUpperCase() === name,
      );
      const state = there === undefined ? 'missing' : there.type === type ? 'present' : 'other_type';
      return { name, type, state, found: there?.type };
    }),
    lists: FUNNEL_TYPES.map((funnel) => {
      const name = LIST_NAMES[funnel];
      const id = configured[funnel];
      const list = id === 0 ? lists.find((one) => one.name === name) : lists.find((one) => one.id === id);
      if (list !== undefined) return { funnel, name: list.name, id: list.id, state: 'present' };
      return id === 0
        ? { funnel, name, id: undefined, state: 'missing' }
        : { funnel, name, id, state: 'unknown_id' };
    }),
  };
}

/** Creates what is missing and nothing else. @returns the account as it is then. */
export async function createMissing(
  brevo: BrevoClient,
  {
    setup,
    configured,
  }: { readonly setup: BrevoSetup; readonly configured: Readonly<Record<FunnelType, number>> },
): Promise<BrevoSetup> {
  for (const { name, type, state } of setup.attributes) {
    if (state !== 'missing') continue;
    const path = `/contacts/attributes/normal/${name}`;
    await brevo.call({ method: 'POST', path, body: { type } }, anyAnswer);
  }
  const missing = setup.lists.filter(({ state }) => state === 'missing');
  if (missing.length > 0) {
    const folders = await allNamed(brevo, 'folders');
    const folder =
      folders.find(({ name }) => name === FOLDER) ??
      (await brevo.call({ method: 'POST', path: '/contacts/folders', body: { name: FOLDER } }, created));
    for (const { name } of missing) {
      await brevo.call(
        { method: 'POST', path: '/contacts/lists', body: { name, folderId: folder.id } },
        created,
      );
    }
  }
  return inspectBrevo(brevo, configured);
}

async function allNamed(
  brevo: BrevoClient,
  what: 'lists' | 'folders',
): Promise<readonly z.infer<typeof named>[]> {
  const page = z.object({ [what]: z.array(named).nullish() });
  const all: z.infer<typeof named>[] = [];
  for (let offset = 0; ; offset += PAGE) {
    const path = `/contacts/${what}?limit=${PAGE}&offset=${offset}`;
    const rows = (await brevo.call({ method: 'GET', path }, page))[what] ?? [];
    all.push(...rows);
    if (rows.length < PAGE) return all;
  }
}
