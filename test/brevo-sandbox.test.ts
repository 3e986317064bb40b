import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startBrevoSandbox } from '../local/brevo-sandbox/server.ts';
import { SANDBOX_KEY, startTestSandbox, type TestSandbox } from './support/sandbox-client.ts';

const REAL_LOOKING_KEY = `xkeysib-${'0123456789abcdef'.repeat(4)}-AbCdEfGhIjKlMnOp`;

let sandbox: TestSandbox;

beforeAll(async () => {
  sandbox = await startTestSandbox();
});

afterAll(async () => {
  await sandbox.stop();
});

beforeEach(async () => {
  await sandbox.control.reset();
  await sandbox.control.seed({
    lists: [
      { id: 5, name: 'Language tests' },
      { id: 6, name: 'Other tests' },
    ],
    attributes: [
      { name: 'FUNNEL_TYPE', type: 'text' },
      { name: 'CERTIFICATE_PURCHASED', type: 'boolean' },
      { name: 'CERTIFICATE_PURCHASED_AT', type: 'date' },
      { name: 'SCORE', type: 'float' },
    ],
  });
});

describe('keys', () => {
  it('refuses a call without a key', async () => {
    const response = await fetch(`${sandbox.url}/v3/account`);
    expect(response.status).toBe(401);
    expect(await response.json()).toEqual({
      code: 'unauthorized',
      message: 'authentication not found in headers',
    });
  });

  it('refuses a wrong key, and takes it once it is set', async () => {
    const other = { 'api-key': 'other-key' };
    expect(await sandbox.call('GET', '/account', undefined, other)).toMatchObject({
      status: 401,
      body: { code: 'unauthorized', message: 'Key not found' },
    });
    await sandbox.control.setKeys(['other-key']);
    expect((await sandbox.call('GET', '/account', undefined, other)).status).toBe(200);
    expect((await sandbox.call('GET', '/account')).status).toBe(401);
    await sandbox.control.setKeys([SANDBOX_KEY]);
    expect((await sandbox.call('GET', '/account')).status).toBe(200);
  });

  it('refuses a key that looks real and keeps no trace of it', async () => {
    const answer = await sandbox.call(
      'POST',
      '/contacts',
      { email: 'ann@example.com' },
      { 'api-key': REAL_LOOKING_KEY },
    );
    expect(answer.status).toBe(401);
    expect(answer.text).toContain('Treat the key as exposed');
    const [entry] = await sandbox.control.ledger();
    expect(entry).toMatchObject({ accepted: false, status: 401 });
    expect(JSON.stringify(entry)).not.toContain('xkeysib');
    await expect(sandbox.control.setKeys([REAL_LOOKING_KEY])).rejects.toThrow('looks real');
    await expect(
      startBrevoSandbox({ directory: sandbox.directory, apiKeys: [REAL_LOOKING_KEY] }),
    ).rejects.toThrow('looks real');
  });
});

describe('contacts', () => {
  it('creates with 201 and an id, updates with 204, and calls a repeat without updateEnabled a duplicate', async () => {
    const created = await sandbox.call('POST', '/contacts', { email: 'Ann@Example.com', listIds: [5] });
    expect(created).toMatchObject({ status: 201, body: { id: 1 } });
    expect(await sandbox.call('POST', '/contacts', { email: 'ann@example.COM' })).toMatchObject({
      status: 400,
      body: { code: 'duplicate_parameter', metadata: { duplicate_identifiers: ['email'] } },
    });
    const updated = await sandbox.call('POST', '/contacts', {
      email: 'ANN@example.com',
      updateEnabled: true,
      listIds: [6],
    });
    expect(updated).toMatchObject({ status: 204, text: '' });
    expect((await sandbox.call('GET', '/contacts/ANN%40EXAMPLE.COM')).body).toMatchObject({
      id: 1,
      email: 'ann@example.com',
      listIds: [5, 6],
      emailBlacklisted: false,
    });
  });

  it('refuses an invalid address, an unknown list and a body of the wrong form, and changes nothing', async () => {
    const refusals = [
      [{ email: 'ann' }, 'invalid_parameter', 'Invalid email address'],
      [{ email: 'jörg@example.com' }, 'invalid_parameter', 'Invalid email address'],
      [{ email: 'ann@example.com', listIds: [99] }, 'invalid_parameter', 'List ID is invalid'],
      [{ email: 'ann@example.com', listIds: ['5'] }, 'invalid_parameter', 'listIds is not valid'],
      [{}, 'missing_parameter', 'At least one of email, ext_id or attributes.SMS is required'],
      ['{not json', 'bad_request', 'Input must be a valid JSON object'],
    ] as const;
    for (const [body, code, message] of refusals) {
      expect(await sandbox.call('POST', '/contacts', body)).toMatchObject({
        status: 400,
        body: { code, message },
      });
    }
    expect((await sandbox.control.state()).contacts).toBe(0);
  });

  it('ignores unknown attributes and values of the wrong type, and keeps the others', async () => {
    await sandbox.call('POST', '/contacts', {
      email: 'ann@example.com',
      attributes: {
        FUNNEL_TYPE: 'language',
        CERTIFICATE_PURCHASED: 'perhaps',
        CERTIFICATE_PURCHASED_AT: '2026-02-30',
        SCORE: 'high',
        NOT_THERE: 1,
      },
    });
    const attributes = async () => (await sandbox.control.contact('ann@example.com')).contact?.attributes;
    expect(await attributes()).toEqual({ FUNNEL_TYPE: 'language' });
    await sandbox.call('PUT', '/contacts/ann%40example.com', {
      attributes: {
        CERTIFICATE_PURCHASED: true,
        CERTIFICATE_PURCHASED_AT: '2026-02-28',
        SCORE: 1.5,
        FUNNEL_TYPE: '',
      },
    });
    expect(await attributes()).toEqual({
      CERTIFICATE_PURCHASED: true,
      CERTIFICATE_PURCHASED_AT: '2026-02-28',
      SCORE: 1.5,
    });
  });

  it('touches the blocklist only when told to', async () => {
    await sandbox.control.seed({ contacts: [{ email: 'gone@example.com', emailBlacklisted: true }] });
    await sandbox.call('POST', '/contacts', { email: 'gone@example.com', updateEnabled: true, listIds: [5] });
    expect((await sandbox.control.contact('gone@example.com')).contact).toMatchObject({
      emailBlacklisted: true,
      listIds: [5],
    });
    await sandbox.call('POST', '/contacts', {
      email: 'gone@example.com',
      updateEnabled: true,
      emailBlacklisted: false,
    });
    expect((await sandbox.control.contact('gone@example.com')).contact?.emailBlacklisted).toBe(false);
  });

  it('takes a renamed contact off the blocklist and frees its old address', async () => {
    await sandbox.control.seed({ contacts: [{ email: 'old@example.com', emailBlacklisted: true }] });
    const renamed = await sandbox.call('PUT', '/contacts/old%40example.com', {
      attributes: { EMAIL: 'new@example.com' },
    });
    expect(renamed.status).toBe(204);
    expect((await sandbox.control.contact('new@example.com')).contact?.emailBlacklisted).toBe(false);
    expect(await sandbox.call('GET', '/contacts/old%40example.com')).toMatchObject({
      status: 404,
      body: { code: 'document_not_found', message: 'Contact does not exist' },
    });
  });

  it('deletes once, and never gives the id out again', async () => {
    await sandbox.call('POST', '/contacts', { email: 'ann@example.com' });
    expect((await sandbox.call('DELETE', '/contacts/ann%40example.com')).status).toBe(204);
    expect((await sandbox.call('DELETE', '/contacts/ann%40example.com')).status).toBe(404);
    expect((await sandbox.call('POST', '/contacts', { email: 'ann@example.com' })).body).toEqual({ id: 2 });
    const { history } = await sandbox.control.contact('ann@example.com');
    expect(history.map(({ kind }) => kind)).toEqual(['created', 'deleted', 'created']);
  });

  it('finds by id and ext_id, pages and filters', async () => {
    for (const name of ['a', 'b', 'c']) {
      await sandbox.call('POST', '/contacts', {
        email: `${name}@example.com`,
        ext_id: `x-${name}`,
        listIds: [5],
      });
    }
    expect((await sandbox.call('GET', '/contacts/2')).body).toMatchObject({ email: 'b@example.com' });
    expect((await sandbox.call('GET', '/contacts/x-c?identifierType=ext_id')).body).toMatchObject({
      email: 'c@example.com',
    });
    expect((await sandbox.call('GET', '/contacts?limit=2&offset=1&sort=asc')).body).toMatchObject({
      count: 3,
      contacts: [{ email: 'b@example.com' }, { email: 'c@example.com' }],
    });
    expect((await sandbox.call('GET', '/contacts/lists/5/contacts?limit=1')).body).toMatchObject({
      count: 3,
      contacts: [{ email: 'c@example.com' }],
    });
    const future = new Date(Date.now() + 60_000).toISOString();
    expect(
      (await sandbox.call('GET', `/contacts/lists/5/contacts?modifiedSince=${future}`)).body,
    ).toMatchObject({
      count: 0,
    });
  });

  it('updates a batch as a whole or not at all', async () => {
    await sandbox.control.seed({ contacts: [{ email: 'a@example.com' }, { email: 'b@example.com' }] });
    const contacts = ['a', 'nobody', 'b'].map((name) => ({
      email: `${name}@example.com`,
      attributes: { FUNNEL_TYPE: 'language' },
    }));
    expect((await sandbox.call('POST', '/contacts/batch', { contacts })).status).toBe(404);
    expect((await sandbox.control.contact('a@example.com')).contact?.attributes).toEqual({});
    expect(
      (await sandbox.call('POST', '/contacts/batch', { contacts: [contacts[0], contacts[2]] })).status,
    ).toBe(204);
    expect((await sandbox.control.contact('b@example.com')).contact?.attributes).toEqual({
      FUNNEL_TYPE: 'language',
    });
  });

  it('refuses for ever whom the script refuses', async () => {
    await sandbox.control.refuseEmails(['Never@example.com']);
    expect((await sandbox.call('POST', '/contacts', { email: 'never@EXAMPLE.com' })).status).toBe(400);
    expect((await sandbox.call('POST', '/contacts', { email: 'ann@example.com' })).status).toBe(201);
  });
});

describe('lists, folders and attributes', () => {
  it('starts as a fresh account: one folder, one sender, own attributes only', async () => {
    await sandbox.control.reset();
    expect((await sandbox.call('GET', '/contacts/lists')).body).toEqual({ lists: [], count: 0 });
    expect((await sandbox.call('GET', '/contacts/folders')).body).toMatchObject({
      count: 1,
      folders: [{ id: 1 }],
    });
    expect((await sandbox.call('GET', '/senders')).body).toMatchObject({
      senders: [{ id: 1, active: true }],
    });
    const { body } = await sandbox.call('GET', '/contacts/attributes');
    expect(body).toMatchObject({
      attributes: expect.arrayContaining([{ name: 'FIRSTNAME', category: 'normal', type: 'text' }]),
    });
    expect(JSON.stringify(body)).not.toContain('FUNNEL_TYPE');
  });

  it('creates a list and an attribute once', async () => {
    expect(await sandbox.call('POST', '/contacts/lists', { name: 'New', folderId: 1 })).toMatchObject({
      status: 201,
      body: { id: 7 },
    });
    expect((await sandbox.call('POST', '/contacts/lists', { name: 'New', folderId: 9 })).status).toBe(400);
    const path = '/contacts/attributes/normal/SEGMENT';
    expect(await sandbox.call('POST', path, { type: 'text' })).toMatchObject({ status: 201, text: '' });
    expect(await sandbox.call('POST', path, { type: 'text' })).toMatchObject({
      status: 400,
      body: { code: 'duplicate_parameter' },
    });
    expect((await sandbox.call('POST', '/contacts/attributes/normal/OTHER', {})).status).toBe(400);
  });

  it('adds to and removes from a list, naming who failed, and refuses when nobody succeeds', async () => {
    await sandbox.control.seed({ contacts: [{ email: 'a@example.com' }] });
    const emails = ['a@example.com', 'nobody@example.com'];
    expect(await sandbox.call('POST', '/contacts/lists/5/contacts/add', { emails })).toMatchObject({
      status: 201,
      body: { contacts: { success: ['a@example.com'], failure: ['nobody@example.com'] } },
    });
    expect(await sandbox.call('POST', '/contacts/lists/5/contacts/add', { emails })).toMatchObject({
      status: 400,
      body: { code: 'invalid_parameter', message: 'Contact already in list and/or does not exist' },
    });
    expect((await sandbox.call('POST', '/contacts/lists/77/contacts/add', { emails })).status).toBe(404);
    expect((await sandbox.call('GET', '/contacts/lists/5')).body).toMatchObject({ totalSubscribers: 1 });
    expect((await sandbox.call('POST', '/contacts/lists/5/contacts/remove', { all: true })).body).toEqual({
      contacts: { total: 1 },
    });
    expect((await sandbox.control.contact('a@example.com')).contact?.listIds).toEqual([]);
  });

  it('mails a double opt-in, and the link puts the contact into the list', async () => {
    const template = await sandbox.call('POST', '/smtp/templates', {
      templateName: 'Confirm',
      subject: 'Please confirm',
      htmlContent: '<a href="{{ params.DOIurl }}">yes</a>',
      sender: { email: 'hello@example.com' },
      isActive: true,
    });
    expect(template).toMatchObject({ status: 201, body: { id: 1 } });
    const answer = await sandbox.call('POST', '/contacts/doubleOptinConfirmation', {
      email: 'ann@example.com',
      includeListIds: [5],
      templateId: 1,
      redirectionUrl: 'https://example.com/thanks',
    });
    expect(answer).toMatchObject({ status: 201, text: '' });
    expect((await sandbox.control.contact('ann@example.com')).contact).toBeNull();
    const [mail] = await sandbox.control.mails();
    const link = /href="([^"]+)"/.exec(mail?.html ?? '')?.[1] ?? '';
    const opened = await fetch(link, { redirect: 'manual' });
    expect(opened.headers.get('location')).toBe('https://example.com/thanks');
    expect((await sandbox.control.contact('ann@example.com')).contact?.listIds).toEqual([5]);
  });
});

describe('custom events', () => {
  it('appends every event, also a repeated one, and makes the contact', async () => {
    const event = {
      event_name: 'test_done',
      identifiers: { email_id: 'ann@example.com' },
      event_properties: { n: 1 },
    };
    expect((await sandbox.call('POST', '/events', event)).status).toBe(204);
    expect((await sandbox.call('POST', '/events', event)).status).toBe(204);
    expect((await sandbox.call('GET', '/events?event_name=test_done')).body).toMatchObject({ count: 2 });
    expect((await sandbox.call('POST', '/events', { ...event, event_name: 'no spaces' })).status).toBe(400);
    expect((await sandbox.call('POST', '/events', { ...event, identifiers: {} })).status).toBe(400);
  });

  it('takes the good events of a batch and names the bad ones', async () => {
    const good = { event_name: 'a', identifiers: { email_id: 'ann@example.com' } };
    expect(await sandbox.call('POST', '/events/batch', { events: [good, good] })).toMatchObject({
      status: 202,
      body: { count: 2 },
    });
    expect(
      (await sandbox.call('POST', '/events/batch', { events: [good, { event_name: 'b' }] })).body,
    ).toMatchObject({
      successful_events: 1,
      failed_events: 1,
      errors: [{ eventIndex: 1 }],
    });
  });
});
