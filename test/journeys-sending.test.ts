import { fileURLToPath } from 'node:url';
import { TestWorkflowEnvironment } from '@temporalio/testing';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createMessageActivities } from '../activities/messages.ts';
import { defineJourney, emit, send, update } from '../domain/journeys/build.ts';
import { findJourney } from '../domain/journeys/catalogue.ts';
import { installRuntime } from '../workers/runtime.ts';
import { skipStepUpdate } from '../workflows/journey.ts';
import { until } from './support/installation.ts';
import { type JourneyStage, serverTime, setSkippingStage } from './support/journeys/stage.ts';
import { mailDeps } from './support/mail-deps.ts';
import { SANDBOX_KEY, startTestSandbox, type TestSandbox } from './support/sandbox-client.ts';
import { timeSkippingServerPath } from './support/servers.ts';

// The shipped journeys with the shipped templates, the real sending ledger and a Brevo: what counts is what Brevo took.

const templatesFolder = fileURLToPath(new URL('../templates', import.meta.url));
const invitation = findJourney('new-lead-handler');
const nurture = findJourney('nurture-on-assessment');
const KNOWN = { business_name: "Sarah's Salon & Spa", red: 2, orange: 1, yellow: 2, green: 3, score: 65 };

let env: TestWorkflowEnvironment;
let sandbox: TestSandbox;
let stage: JourneyStage;
beforeAll(async () => {
  installRuntime('error');
  sandbox = await startTestSandbox();
  const path = await timeSkippingServerPath();
  env = await TestWorkflowEnvironment.createTimeSkipping({
    server: { executable: { type: 'existing-path', path } },
  });
  stage = await setSkippingStage(env, {
    brevo: { url: `${sandbox.url}/v3`, key: SANDBOX_KEY },
    sending: (database) =>
      createMessageActivities({
        ...mailDeps({ database, baseUrl: `${sandbox.url}/v3`, templatesFolder }),
        variables: {
          assessment_url: 'https://example.com/assessment',
          booking_url: 'https://example.com/call',
        },
        now: serverTime,
      }),
  });
  await stage.startWorkers();
});
afterAll(async () => {
  await stage.end();
  await env.teardown();
  await sandbox.stop();
});

/** Subjects of what Brevo took for this address, in order. */
async function taken(email: string): Promise<readonly string[]> {
  const mails = await sandbox.control.mails();
  return mails.filter(({ to }) => to.some((one) => one.email === email)).map(({ subject }) => subject);
}

it.each([
  ['critical', KNOWN],
  ['urgent', { ...KNOWN, red: 1 }],
  ['optimize', { ...KNOWN, red: 0, orange: 0 }],
])('sends %s five different mails, each once, though Brevo fails now and then', async (segment, fields) => {
  const email = `${segment}@example.com`;
  const contactId = await stage.person({ email, fields });
  await sandbox.control.addFault({ kind: 'acceptThenReset', route: '/smtp/email', first: 1 });
  const first = await stage.enter(invitation, contactId);
  expect(await first.handle.result()).toMatchObject({ state: 'completed', sent: 1 });
  await sandbox.control.addFault({ kind: 'status', status: 500, route: '/smtp/email', first: 2 });
  const { handle } = await stage.enter(nurture, contactId);
  expect(await handle.result()).toMatchObject({ state: 'completed', sent: 4, uncertain: 0 });
  const subjects = await taken(email);
  expect(subjects).toHaveLength(5);
  expect(new Set(subjects).size).toBe(5);
});

it('parks a mail for which something is missing; nothing half-made goes out', async () => {
  const contactId = await stage.person({ email: 'bare@example.com', fields: {} });
  const { handle, runId } = await stage.enter(nurture, contactId);
  await env.sleep('23 hours');
  await stage.database.pool.query('UPDATE contacts SET fields = \'{"red": 2}\' WHERE id = ?', [contactId]);
  await env.sleep('2 hours');
  expect(await stage.run(runId)).toMatchObject({
    state: 'running',
    step: 'nurture-2-critical',
    reason: 'render_missing_variable',
  });
  expect(await taken('bare@example.com')).toEqual([]);
  await handle.executeUpdate(skipStepUpdate, { args: [{ step: 'nurture-2-critical' }] });
  await stage.event(contactId, 'lead.converted');
  expect(await handle.result()).toMatchObject({ state: 'exited', sent: 0 });
});

it('withholds from whoever has not agreed, says why, and goes its way', async () => {
  const contactId = await stage.person({ email: 'quiet@example.com', fields: KNOWN });
  await stage.database.pool.query("UPDATE contacts SET consent = 'unknown' WHERE id = ?", [contactId]);
  const { handle } = await stage.enter(nurture, contactId);
  expect(await handle.result()).toMatchObject({ state: 'completed', sent: 0 });
  expect(await taken('quiet@example.com')).toEqual([]);
  const [rows] = await stage.database.pool.query(
    'SELECT DISTINCT state, reason FROM messages WHERE contact_id = ?',
    [contactId],
  );
  expect(rows).toEqual([{ state: 'withheld', reason: 'no_consent' }]);
});

it('tries again by itself what stops everybody, like a key that Brevo refuses', async () => {
  const contactId = await stage.person({ email: 'key@example.com', fields: KNOWN });
  await sandbox.control.setKeys(['another']);
  const { handle, runId } = await stage.enter(invitation, contactId);
  await until('it is parked', async () => (await stage.run(runId)).reason === 'brevo_key_refused');
  await sandbox.control.setKeys([SANDBOX_KEY]);
  expect(await handle.result()).toMatchObject({ state: 'completed', sent: 1 });
  expect(await taken('key@example.com')).toHaveLength(1);
});

it('writes fields here and attributes and lists at Brevo, and puts its event into the inbox once', async () => {
  await sandbox.control.seed({
    lists: [{ id: 7, name: 'interested' }],
    attributes: [
      { name: 'STAGE', type: 'text' },
      { name: 'SCORE', type: 'float' },
    ],
  });
  const telling = defineJourney({
    id: 'telling',
    version: 1,
    reEntry: 'never',
    steps: [
      update({
        fields: { stage: 'warm' },
        brevo: {
          attributes: { STAGE: { field: 'stage' }, SCORE: { field: 'score' }, NOPE: { field: 'none' } },
          lists: [7],
        },
      }),
      emit('lead.warm'),
      send('nurture-invitation'),
    ],
  });
  const contactId = await stage.person({ email: 'warm@example.com', fields: KNOWN });
  const { handle, runId } = await stage.enter(telling, contactId);
  await handle.result();
  const [contact] = await sandbox.control.contacts({ list: 7 });
  expect(contact).toMatchObject({ email: 'warm@example.com', attributes: { STAGE: 'warm', SCORE: 65 } });
  const [rows] = await stage.database.pool.query(
    "SELECT event_id, type, contact_id FROM events WHERE event_id LIKE 'journey:%'",
  );
  expect(rows).toEqual([
    { event_id: `journey:${runId}:emit-lead-warm`, type: 'lead.warm', contact_id: contactId },
  ]);
});
