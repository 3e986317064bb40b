import { execFile, spawn } from 'node:child_process';
import { randomBytes, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { Client, Connection, WorkflowFailedError } from '@temporalio/client';
import { defaultPayloadConverter, type Payload } from '@temporalio/common';
import proto from '@temporalio/proto';
import { bundleWorkflowCode, NativeConnection, Worker, type WorkflowBundle } from '@temporalio/worker';
import { beforeAll, describe, expect, inject, it, onTestFinished } from 'vitest';
import { loadSettings } from '../config.ts';
import { freePort } from '../local/ports.ts';
import { createTemporal } from '../local/temporal.ts';
import { applySchedules } from '../schedules/apply.ts';
import { loadCatalogue } from '../schedules/load.ts';
import { planSchedules } from '../schedules/plan.ts';
import { createCodecServer } from '../workers/codec-server.ts';
import { createDataConverter, FAILURE_CONVERTER } from '../workers/data-converter.ts';
import { createPayloadCodec, type PayloadKey } from '../workers/payload-codec.ts';
import { installRuntime } from '../workers/runtime.ts';
import { startOwnTemporal, writeCatalogue } from './support/own-temporal.ts';
import { scratchFolder } from './support/scratch.ts';
import { noteSignal, notesQuery } from './support/workflows/diary.ts';

const { DescribeScheduleResponse, DescribeWorkflowExecutionResponse } = proto.temporal.api.workflowservice.v1;

const KEY_1 = { id: 'k1', hex: randomBytes(32).toString('hex') };
const KEY_2 = { id: 'k2', hex: randomBytes(32).toString('hex') };
const OFF = { id: 'none', hex: '' };
const SECRET = 'Anna Maria Schmidt';
const MAIN = fileURLToPath(new URL('../cli/main.ts', import.meta.url));

const payloadOf = (value: unknown) => defaultPayloadConverter.toPayload(value);
const valueOf = (payload: Payload | undefined): unknown =>
  payload === undefined ? undefined : defaultPayloadConverter.fromPayload(payload);
const textOf = (bytes: Uint8Array | null | undefined) => Buffer.from(bytes ?? []).toString();

async function encode(keys: readonly PayloadKey[], value: unknown): Promise<Payload> {
  const [payload = {}] = await createPayloadCodec(keys).encode([payloadOf(value)]);
  return payload;
}

async function decode(keys: readonly PayloadKey[], payload: Payload): Promise<unknown> {
  return valueOf((await createPayloadCodec(keys).decode([payload]))[0]);
}

describe('the codec', () => {
  it('gives back what it was given, and shows the key and nothing else', async () => {
    const value = { name: SECRET, list: [1, null, 'ü'] };
    const payload = await encode([KEY_1], value);
    expect(textOf(payload.metadata?.encoding)).toBe('binary/encrypted');
    expect(textOf(payload.metadata?.['encryption-key-id'])).toBe('k1');
    expect(textOf(payload.data)).not.toMatch(/Anna|json/);
    expect(await decode([KEY_1], payload)).toEqual(value);
  });

  it('encrypts the same value to something else each time', async () => {
    const [one, other] = await Promise.all([encode([KEY_1], SECRET), encode([KEY_1], SECRET)]);
    expect(one.data).not.toEqual(other.data);
  });

  it('passes nothing, undefined and bytes through', async () => {
    const codec = createPayloadCodec([KEY_1]);
    expect(await codec.encode([])).toEqual([]);
    expect(await decode([KEY_1], await encode([KEY_1], undefined))).toBeUndefined();
    const bytes = randomBytes(100_000);
    expect(Buffer.from((await decode([KEY_1], await encode([KEY_1], bytes))) as Uint8Array)).toEqual(bytes);
  });

  it('encrypts with the first key and decrypts with all', async () => {
    const old = await encode([KEY_1], SECRET);
    const fresh = await encode([KEY_2, KEY_1], SECRET);
    expect(textOf(fresh.metadata?.['encryption-key-id'])).toBe('k2');
    expect(await decode([KEY_2, KEY_1], old)).toBe(SECRET);
    expect(await decode([KEY_1, KEY_2], fresh)).toBe(SECRET);
  });

  it('reads what was written before encryption was switched on, and after it was switched off', async () => {
    expect(await decode([KEY_1], payloadOf(SECRET))).toBe(SECRET);
    const plain = await encode([OFF, KEY_1], SECRET);
    expect(plain).toEqual(payloadOf(SECRET));
    expect(await decode([OFF, KEY_1], await encode([KEY_1], SECRET))).toBe(SECRET);
  });

  it('names a key that it does not have', async () => {
    const payload = await encode([KEY_1], SECRET);
    for (const keys of [[], [KEY_2], [OFF]]) {
      await expect(decode(keys, payload)).rejects.toMatchObject({
        code: 'payload_key_unknown',
        message: 'a payload is encrypted with the key "k1", which is not in TEMPORAL_PAYLOAD_KEYS',
      });
    }
  });

  it('refuses a payload of which any bit was changed, one cut short, and another key of the same name', async () => {
    const payload = await encode([KEY_1], SECRET);
    const data = Buffer.from(payload.data ?? []);
    for (let at = 0; at < data.length; at += 1) {
      const changed = Buffer.from(data);
      changed[at] = (changed[at] ?? 0) ^ 1;
      await expect(decode([KEY_1], { ...payload, data: changed })).rejects.toMatchObject({
        code: 'payload_damaged',
      });
    }
    for (const length of [0, 12, 27, data.length - 1]) {
      const cut = { ...payload, data: data.subarray(0, length) };
      await expect(decode([KEY_1], cut)).rejects.toMatchObject({ code: 'payload_damaged' });
    }
    await expect(decode([{ id: 'k1', hex: KEY_2.hex }], payload)).rejects.toMatchObject({
      code: 'payload_damaged',
    });
  });
});

function read(value: string): readonly PayloadKey[] {
  return loadSettings({ env: { TEMPORAL_PAYLOAD_KEYS: value }, directory: '/nowhere' }).payloadKeys;
}

describe('the setting', () => {
  it('takes keys, and none in front of keys that only decrypt', () => {
    expect(read(`k2:${KEY_2.hex}, k1:${KEY_1.hex}`)).toEqual([KEY_2, KEY_1]);
    expect(read(`none,k1:${KEY_1.hex}`)).toEqual([OFF, KEY_1]);
  });

  it('refuses one id twice, short keys, none alone or behind, and repeats no key', () => {
    const wrong = [
      `k1:${KEY_1.hex},k1:${KEY_2.hex}`,
      'k1:abcd',
      'none',
      `k1:${KEY_1.hex},none`,
      `none:${KEY_1.hex}`,
    ];
    for (const value of wrong) expect(() => read(value)).toThrow(/TEMPORAL_PAYLOAD_KEYS/);
    expect(() => read(`k1:${KEY_1.hex},k2:x`)).not.toThrow(new RegExp(KEY_1.hex));
  });
});

describe('histories', () => {
  let bundle: WorkflowBundle;
  beforeAll(async () => {
    installRuntime('error');
    bundle = await bundleWorkflowCode({
      workflowsPath: fileURLToPath(new URL('support/workflows/diary.ts', import.meta.url)),
      failureConverterPath: FAILURE_CONVERTER,
      logger: { log() {}, trace() {}, debug() {}, info() {}, warn() {}, error() {} },
    });
  });

  it('hold no clear text of arguments, results, signals, summaries, details and failures', async () => {
    const { client, taskQueue, startWorker, history } = await station([KEY_1]);
    await startWorker([KEY_1]);
    const handle = await client.workflow.start('diary', {
      workflowId: `diary-${randomUUID()}`,
      taskQueue,
      args: [SECRET],
      memo: { who: SECRET },
      staticSummary: SECRET,
      staticDetails: SECRET,
    });
    await handle.signal(noteSignal, `${SECRET} again`);
    await handle.signal(noteSignal, 'tear');
    const failed = await handle.result().catch((error: unknown) => error);
    expect(failed).toBeInstanceOf(WorkflowFailedError);
    expect((failed as WorkflowFailedError).cause?.cause).toMatchObject({ message: `no paper for ${SECRET}` });
    expect(await handle.query(notesQuery)).toEqual([SECRET, `${SECRET} again`]);

    const told = await client.workflow.start('diary', {
      workflowId: `diary-${randomUUID()}`,
      taskQueue,
      args: [`fail for ${SECRET}`],
    });
    await expect(told.result()).rejects.toMatchObject({ cause: { message: `fail for ${SECRET}` } });

    for (const { workflowId } of [handle, told]) {
      const text = await history(workflowId);
      expect(text).toContain('binary/encrypted');
      expect(text).not.toMatch(/Anna|Schmidt|no paper|diary\.ts/);
    }
  });

  it('go on when the keys are exchanged under a run, when encryption begins and when it ends', async () => {
    const stages = [[], [KEY_1], [KEY_1, KEY_2], [KEY_2, KEY_1], [OFF, KEY_2, KEY_1]];
    const { clientWith, taskQueue, startWorker, history } = await station([]);
    const workflowId = `diary-${randomUUID()}`;
    await clientWith([]).workflow.start('diary', { workflowId, taskQueue, args: ['note 0'] });
    for (const [stage, keys] of stages.entries()) {
      const handle = clientWith(keys).workflow.getHandle(workflowId);
      const worker = await startWorker(keys);
      await handle.signal(noteSignal, `note ${stage + 1}`);
      await expect
        .poll(async () => handle.query(notesQuery), { timeout: 20_000 })
        .toEqual(Array.from({ length: stage + 2 }, (_, n) => `note ${n}`));
      await worker.stop();
    }
    const text = await history(workflowId);
    expect(text).toMatch(/note 0.*note 1/s);
    expect(text).not.toMatch(/note [234]/);
    expect(text).toMatch(/note 5/);
    const last = [OFF, KEY_2, KEY_1];
    await startWorker(last);
    const handle = clientWith(last).workflow.getHandle(workflowId);
    await handle.signal(noteSignal, 'end');
    expect(await handle.result()).toHaveLength(stages.length + 1);
  });

  /** A task queue, clients and workers with keys of their choice. */
  async function station(keys: readonly PayloadKey[]) {
    const address = inject('temporalAddress');
    const connection = await Connection.connect({ address });
    const native = await NativeConnection.connect({ address });
    const taskQueue = `diary-${randomUUID()}`;
    const stops: (() => Promise<void>)[] = [];
    onTestFinished(async () => {
      await Promise.all(stops.map((stop) => stop()));
      await Promise.all([native.close(), connection.close()]);
    });
    const clientWith = (some: readonly PayloadKey[]) =>
      new Client({ connection, dataConverter: createDataConverter(some) });
    return {
      taskQueue,
      clientWith,
      client: clientWith(keys),
      startWorker: async (some: readonly PayloadKey[]) => {
        const worker = await Worker.create({
          connection: native,
          taskQueue,
          workflowBundle: bundle,
          dataConverter: createDataConverter(some),
          // The next worker reads the history from its beginning.
          maxCachedWorkflows: 0,
          activities: {
            async write(note: string) {
              if (note === 'tear') throw new Error(`no paper for ${SECRET}`);
              return note;
            },
          },
        });
        const running = worker.run();
        let stopped: Promise<void> | undefined;
        const stop = () => {
          stopped ??= (async () => {
            worker.shutdown();
            await running;
          })();
          return stopped;
        };
        stops.push(stop);
        return { stop };
      },
      /** Everything that the server has of a run, bytes read as text. */
      history: async (workflowId: string): Promise<string> => {
        const { workflowService } = connection;
        const execution = { workflowId };
        const [{ history }, described] = await Promise.all([
          workflowService.getWorkflowExecutionHistory({ namespace: 'default', execution }),
          workflowService.describeWorkflowExecution({ namespace: 'default', execution }),
        ]);
        const bytes = [
          proto.temporal.api.history.v1.History.encode(history ?? {}).finish(),
          DescribeWorkflowExecutionResponse.encode(described).finish(),
        ];
        return Buffer.concat(bytes).toString();
      },
    };
  }
});

describe('schedules', () => {
  it('show no drift with encryption on, after a change of keys and with it off again, and hold no clear text', async () => {
    const temporal = await startOwnTemporal();
    onTestFinished(() => temporal.end());
    const catalogue = await loadCatalogue({
      reportTimezone: 'UTC',
      temporal: { address: temporal.address, namespace: 'default', taskQueue: 'codec' },
      schedule: {
        catalogue: writeCatalogue(
          `export const s = defineSchedule({ id: 's', when: cron('0 9 * * 1-5'), timezone: 'UTC', overlap: 'skip', catchUp: 'skip', start: { workflow: 'x', args: [{ who: '${SECRET}' }] }, note: 'as declared' });`,
        ),
        profile: 'production',
      },
    });
    const owner = { profile: 'production', taskQueue: 'codec' } as const;
    const inputWith = (keys: readonly PayloadKey[]) => ({
      client: new Client({
        connection: temporal.client.connection,
        dataConverter: createDataConverter(keys),
      }),
      catalogue,
      now: new Date(),
      ...owner,
    });
    const [applied] = await applySchedules(inputWith([KEY_1]));
    expect(applied?.outcome).toBe('created');
    for (const keys of [[KEY_1], [KEY_2, KEY_1], [OFF, KEY_1]]) {
      expect(await planSchedules(inputWith(keys))).toMatchObject([
        { id: 's', action: 'unchanged', changes: [] },
      ]);
      expect(await applySchedules(inputWith(keys))).toMatchObject([{ outcome: 'unchanged' }]);
    }
    const raw = await temporal.client.workflowService.describeSchedule({
      namespace: 'default',
      scheduleId: 's',
    });
    const text = Buffer.from(DescribeScheduleResponse.encode(raw).finish()).toString();
    expect(text).toContain('binary/encrypted');
    expect(text).not.toContain('Anna');
    await expect(planSchedules(inputWith([KEY_2]))).rejects.toThrow(/the key "k1"/);
  });

  it('tells its own from those that others have encrypted', async () => {
    const temporal = await startOwnTemporal();
    onTestFinished(() => temporal.end());
    const { connection } = temporal.client;
    const others = new Client({ connection, dataConverter: createDataConverter([KEY_2]) });
    await others.schedule.create({
      scheduleId: 'theirs',
      spec: { intervals: [{ every: '1 day' }] },
      action: { type: 'startWorkflow', workflowType: 'y', taskQueue: 'theirs', args: ['x'] },
      memo: { managedBy: 'sluice', profile: 'production', taskQueue: 'codec' },
    });
    const ours = new Client({ connection, dataConverter: createDataConverter([KEY_1]) });
    await expect
      .poll(async () => {
        const { schedules } = await ours.workflowService.listSchedules({ namespace: 'default' });
        return schedules.map(({ scheduleId }) => scheduleId);
      })
      .toEqual(['theirs']);
    const plan = await planSchedules({
      client: ours,
      catalogue: [],
      now: new Date(),
      profile: 'production',
      taskQueue: 'codec',
    });
    expect(plan).toEqual([]);
  });
});

/** Protobuf's JSON form. */
function json({ metadata, data }: Payload) {
  return {
    metadata: Object.fromEntries(
      Object.entries(metadata ?? {}).map(([name, value]) => [name, Buffer.from(value).toString('base64')]),
    ),
    data: Buffer.from(data ?? []).toString('base64'),
  };
}

describe('the codec endpoint', () => {
  const WEB_UI = 'http://127.0.0.1:8233';
  /** What the Web UI's page sends; `fetch` of Node sets no Origin by itself. */
  const asWebUi = { 'content-type': 'application/json', 'x-namespace': 'default', origin: WEB_UI };
  const unreadable: string[] = [];
  const server = (more: { readonly bearerToken?: string } = {}) =>
    createCodecServer({
      keys: [KEY_1],
      allowedOrigins: [WEB_UI],
      onUnreadable: ({ code }) => unreadable.push(code),
      ...more,
    });
  it('decodes and encodes for the Web UI, whose browser asks first', async () => {
    const app = server();
    const asked = await app.inject({
      method: 'OPTIONS',
      url: '/decode',
      headers: {
        origin: WEB_UI,
        'access-control-request-method': 'POST',
        'access-control-request-headers': 'content-type,x-namespace',
      },
    });
    expect(asked.statusCode).toBe(204);
    expect(asked.headers['access-control-allow-origin']).toBe(WEB_UI);
    expect(asked.headers['access-control-allow-headers']).toMatch(/content-type.*x-namespace/);
    expect(asked.headers['access-control-allow-credentials']).toBeUndefined();

    const payloads = [json(await encode([KEY_1], SECRET)), json(payloadOf('plain'))];
    const answer = await app.inject({
      method: 'POST',
      url: '/decode',
      headers: asWebUi,
      payload: { payloads },
    });
    expect(answer.headers['access-control-allow-origin']).toBe(WEB_UI);
    expect(answer.json()).toEqual({ payloads: [json(payloadOf(SECRET)), json(payloadOf('plain'))] });

    const back = await app.inject({
      method: 'POST',
      url: '/encode',
      headers: asWebUi,
      payload: answer.json<object>(),
    });
    const again = await app.inject({
      method: 'POST',
      url: '/decode',
      headers: asWebUi,
      payload: back.json<object>(),
    });
    expect(back.body).not.toBe(answer.body);
    expect(again.json()).toEqual(answer.json());
  });

  it('answers no other page, no other kind of body and no broken one', async () => {
    const app = server();
    const post = (headers: Readonly<Record<string, string>>, payload: string) =>
      app.inject({ method: 'POST', url: '/decode', headers, payload });
    for (const origin of ['http://evil.example', 'http://127.0.0.1:8234', 'null']) {
      const refused = await post({ ...asWebUi, origin }, '{"payloads":[]}');
      expect(refused.statusCode).toBe(403);
      expect(refused.headers['access-control-allow-origin']).toBeUndefined();
    }
    expect((await post({ 'content-type': 'application/x-www-form-urlencoded' }, 'x')).statusCode).toBe(415);
    for (const body of ['[]', '{"payloads":1}', '{"payloads":[{"data":"*"}]}', '{']) {
      expect((await post(asWebUi, body)).statusCode).toBe(400);
    }
  });

  it('leaves what it cannot decode as it is and decodes the rest', async () => {
    const foreign = json(await encode([KEY_2], SECRET));
    const payloads = [foreign, json(await encode([KEY_1], SECRET))];
    const answer = await server().inject({
      method: 'POST',
      url: '/decode',
      headers: asWebUi,
      payload: { payloads },
    });
    expect(answer.json()).toEqual({ payloads: [foreign, json(payloadOf(SECRET))] });
    expect(unreadable).toEqual(['payload_key_unknown']);
  });

  it('wants the bearer token where there is one', async () => {
    const app = server({ bearerToken: 'a token of the tests' });
    const ask = (authorization?: string) =>
      app.inject({
        method: 'POST',
        url: '/decode',
        headers: { ...asWebUi, ...(authorization === undefined ? {} : { authorization }) },
        payload: { payloads: [] },
      });
    expect((await ask()).statusCode).toBe(401);
    expect((await ask('Bearer another')).statusCode).toBe(401);
    expect((await ask('Bearer a token of the tests')).statusCode).toBe(200);
  });

  it('shows an encrypted run to the temporal program, and the Web UI is told of it', async () => {
    const folder = scratchFolder();
    const [port, uiPort, codecPort] = [await freePort(), await freePort(), await freePort()];
    const endpoint = `http://127.0.0.1:${codecPort}`;
    const temporal = createTemporal({
      path: inject('temporalPath'),
      directory: folder,
      logFile: join(folder, 'temporal.log'),
      namespace: 'default',
      port,
      uiPort,
      uiCodecEndpoint: endpoint,
    });
    onTestFinished(() => temporal.stop());
    await temporal.start();
    const settings = await fetch(`http://127.0.0.1:${uiPort}/api/v1/settings`);
    expect(await settings.json()).toMatchObject({ Codec: { Endpoint: endpoint } });

    const tokenFile = join(folder, 'token');
    writeFileSync(tokenFile, 'a token of the tests\n');
    const { PATH, HOME } = process.env;
    const codec = spawn(
      process.execPath,
      [MAIN, 'codec', '--port', String(codecPort), '--token-file', tokenFile],
      {
        cwd: folder,
        env: { PATH, HOME, TEMPORAL_PAYLOAD_KEYS: `k1:${KEY_1.hex}` },
        stdio: ['ignore', 'pipe', 'inherit'],
      },
    );
    const exited = once(codec, 'exit');
    onTestFinished(async () => {
      codec.kill();
      expect(await exited).toEqual([0, null]);
    });
    const [line] = (await once(createInterface({ input: codec.stdout }), 'line')) as [string];
    expect(JSON.parse(line)).toEqual({ ready: true, url: endpoint });

    const address = `127.0.0.1:${port}`;
    const connection = await Connection.connect({ address });
    onTestFinished(() => connection.close());
    const client = new Client({ connection, dataConverter: createDataConverter([KEY_1]) });
    await client.workflow.start('diary', { workflowId: 'shown', taskQueue: 'nobody', args: [SECRET] });
    const show = (...more: readonly string[]) =>
      promisify(execFile)(
        inject('temporalPath'),
        ['workflow', 'show', '--address', address, '--workflow-id', 'shown', '--output', 'json', ...more],
        { env: { PATH, HOME } },
      );
    const shown = Buffer.from(JSON.stringify(SECRET)).toString('base64');
    expect((await show()).stdout).not.toContain(shown);
    const asked = ['--codec-endpoint', endpoint, '--codec-auth', 'Bearer a token of the tests'];
    expect((await show(...asked)).stdout).toContain(shown);
  });
});
