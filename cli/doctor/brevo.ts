import { z } from 'zod';
import type { BrevoClient } from '../../brevo/client.ts';
import { type AttributeState, type BrevoSetup, inspectBrevo, type ListState } from '../../brevo/setup.ts';
import type { Settings } from '../../config.ts';
import { BREVO_ATTRIBUTES } from '../../domain/brevo-changes.ts';
import { FUNNEL_TYPES, type FunnelType } from '../../domain/funnels.ts';
import { clientFor } from '../brevo-client.ts';
import { type Check, check, type Finding, skipped } from './checks.ts';

const KEY = 'Brevo key';
const SETUP_CHECKS = [
  ...FUNNEL_TYPES.map((funnel) => `Brevo list ${funnel}`),
  ...Object.keys(BREVO_ATTRIBUTES).map((name) => `Brevo attribute ${name}`),
];

/** The account as far as Sluice needs it. Only reads; of the account itself nothing is shown. */
export async function brevoChecks(settings: Settings): Promise<readonly Check[]> {
  if (settings.brevo.isReal && settings.dryRun) {
    return skipped(
      [KEY, ...SETUP_CHECKS],
      'the real Brevo is not called while APP_DRY_RUN is true; APP_DRY_RUN=false sluice doctor only reads',
    );
  }
  const client = clientFor(settings);
  const key = await check(
    KEY,
    async (signal) => {
      await bounded(client, signal).call({ method: 'GET', path: '/account' }, z.looseObject({}));
      return { state: 'ok', found: `accepted at ${settings.brevo.baseUrl}` };
    },
    { mend: 'Check BREVO_BASE_URL and the network.' },
  );
  if (key.state !== 'ok') return [key, ...skipped(SETUP_CHECKS, 'needs a key that Brevo accepts')];

  let setup: BrevoSetup | undefined;
  const looked = await check('Brevo account', async (signal) => {
    setup = await inspectBrevo(bounded(client, signal), settings.brevo.lists);
    return { state: 'ok', found: 'read' };
  });
  if (setup === undefined) return [key, looked, ...skipped(SETUP_CHECKS, 'the account could not be read')];
  return [
    key,
    ...setup.lists.map((list) => ({ name: `Brevo list ${list.funnel}`, ...aboutList(list, settings) })),
    ...setup.attributes.map((one) => ({ name: `Brevo attribute ${one.name}`, ...aboutAttribute(one) })),
  ];
}

function bounded(client: BrevoClient, signal: AbortSignal): BrevoClient {
  return { call: (request, schema) => client.call(request, schema, { signal }) };
}

function aboutList({ funnel, id, name, state }: ListState, { brevo }: Settings): Finding {
  const setting = settingOf(funnel);
  if (brevo.lists[funnel] === 0) {
    return {
      state: 'skipped',
      found: `${setting} is not set: this funnel takes nobody in`,
      mend:
        state === 'present' ? `${setting}=${id} is the list "${name}".` : 'sluice brevo setup creates one.',
    };
  }
  return state === 'present'
    ? { state: 'ok', found: `"${name}", id ${id}` }
    : {
        state: 'failed',
        found: `${id} is no list of this account`,
        mend: `Set ${setting} to the id of a list, or leave it empty and let sluice brevo setup create one.`,
      };
}

function settingOf(funnel: FunnelType): string {
  return `BREVO_${funnel.toUpperCase()}_LIST_ID`;
}

function aboutAttribute({ name, type, state, found }: AttributeState): Finding {
  if (state === 'present') return { state: 'ok', found: `there, ${type}` };
  if (state === 'missing') {
    return {
      state: 'failed',
      found: 'is missing: Brevo would drop what we write into it',
      mend: 'sluice brevo setup',
    };
  }
  return {
    state: 'failed',
    found: `is of type ${found}, must be ${type}: Brevo would drop what we write into it`,
    mend: `Delete or rename ${name} in Brevo, then run sluice brevo setup.`,
  };
}
