import { startOf } from '../bin/process-identity.mjs';
import { loadSettings, type Settings } from '../config.ts';
import { messageOf, SluiceError } from '../domain/errors.ts';
import { credentialsOf, openHome } from './home.ts';
import type { Progress, Step } from './progress.ts';
import type { Server } from './server.ts';
import { removeStackRecord, type StackRecord, writeStackRecord } from './stack-file.ts';
import {
  type MysqlPart,
  type PartInput,
  startCodecPart,
  startGatewayPart,
  startMysqlPart,
  startSandboxPart,
  startTemporalPart,
  startWorkerPart,
} from './stack-parts.ts';
import { keepRunning } from './supervision.ts';

/** The one that a fresh sandbox has. */
const SANDBOX_SENDER = 'Sluice sandbox <hello@sandbox.example>';

/** Links of the shipped journeys, where no mail leaves the machine. */
const SANDBOX_LINKS = 'assessment_url=https://site.example/assessment,booking_url=https://site.example/call';

/** Where the links of quiz mails lead, where no mail leaves the machine. */
const SANDBOX_QUIZ = 'https://quiz.example';

/** What is done with the servers once they run; the stack itself knows nothing of flows. */
export interface StackSteps {
  migrate(input: { readonly databaseUrl: string }): Promise<{ readonly applied: readonly string[] }>;
  /** @param input.adminUrl of an empty database, or of a demo site that is filled already */
  fillDemoSite(input: {
    readonly adminUrl: string;
    readonly onProgress: (done: number, total: number) => void;
  }): Promise<{ readonly people: number; readonly filled: boolean }>;
  /** @param input.adminUrl of an empty database, or of a demo learning site that is filled already */
  fillDemoQuiz(input: {
    readonly adminUrl: string;
  }): Promise<{ readonly users: number; readonly scores: number; readonly filled: boolean }>;
  /** Makes the lists and attributes in the sandbox; never called for another Brevo. */
  prepareBrevo(
    settings: Settings,
  ): Promise<{ readonly languageListId: number; readonly nonLanguageListId: number }>;
  /** Has the sandbox tell the gateway what became of mails; never called for another Brevo. */
  connectWebhooks(settings: Settings): Promise<void>;
  /** @returns what was done, in a few words */
  applySchedules(settings: Settings): Promise<string>;
  firstRun(settings: Settings): Promise<FirstRun>;
}

export interface FirstRun {
  readonly workflowId: string;
  readonly runId: string;
  /** The run's result, as it is. */
  readonly result: unknown;
  /** The same as a table for people. */
  readonly text: string;
}

export interface Stack {
  /** Starts what is missing, and settles when all of it is ready and the schedules are applied. */
  start(): Promise<StackRecord>;
  firstRun(): Promise<FirstRun>;
  /** Ends everything that was started, the last first. May come at any moment, also during the start. */
  stop(): Promise<void>;
  /** Ends everything at once and hard. */
  kill(): Promise<void>;
}

/**
 * The local stack: MySQL, Temporal, the Brevo sandbox and the demo site, each unless the settings name one of
 * the operator's own, and the worker.
 * @param environment what the settings were read from; the worker gets it, with the addresses of the stack
 */
export function createStack({
  settings,
  environment,
  steps,
  progress,
}: {
  readonly settings: Settings;
  readonly environment: NodeJS.ProcessEnv;
  readonly steps: StackSteps;
  readonly progress: Progress;
}): Stack {
  const { given } = settings;
  const calledOff = new AbortController();
  const servers: Server[] = [];
  const found: Record<string, string> = {};
  const urls: Record<string, string> = {};
  const home = openHome(settings.home);
  let state: StackRecord['state'] = 'starting';

  function record(): StackRecord {
    const processes = servers.flatMap((server) => {
      const identity = server.identity();
      return identity === undefined ? [] : [{ name: server.name, ...withoutUnknown(identity) }];
    });
    const up = withoutUnknown({ pid: process.pid, started: startOf(process.pid) });
    return { state, up, processes, settings: state === 'up' ? found : {}, urls };
  }
  const note = () => writeStackRecord({ home: home.root, record: record() });

  function part(step: Step): PartInput {
    return {
      home,
      credentials: credentialsOf(home),
      step,
      signal: calledOff.signal,
      register: (server) => servers.push(server),
    };
  }

  async function doing<T>(name: string, work: (step: Step) => Promise<T>): Promise<T> {
    calledOff.signal.throwIfAborted();
    const step = progress.step(name);
    try {
      const result = await work(step);
      note();
      return result;
    } catch (error) {
      step.failed(calledOff.signal.aborted ? 'called off' : messageOf(error));
      throw error;
    }
  }

  const settingsNow = () => loadSettings({ env: { ...environment, ...found, SLUICE_HOME: home.root } });

  async function databases(): Promise<void> {
    const needed = !given.has('DATABASE_URL') || !given.has('SITE_DATABASE_URL');
    const mysql = needed ? await doing('MySQL', (step) => startMysqlPart(part(step))) : undefined;
    if (mysql !== undefined && !given.has('DATABASE_URL')) found.DATABASE_URL = mysql.databaseUrl;
    if (mysql !== undefined && !given.has('SITE_DATABASE_URL')) found.SITE_DATABASE_URL = mysql.siteUrl;
    const databaseUrl = found.DATABASE_URL ?? settings.databaseUrl ?? '';
    await together([
      doing('Database schema', async (step) => {
        const { applied } = await steps.migrate({ databaseUrl });
        step.done(applied.length === 0 ? 'up to date' : `${applied.length} migrations applied`);
      }),
      mysql !== undefined && !given.has('SITE_DATABASE_URL') ? demoSite(mysql.siteAdminUrl) : undefined,
      mysql === undefined ? undefined : demoQuiz(mysql),
    ]);
    if (!given.has('REPORT_CONNECTIONS')) nameDemoConnections();
  }

  /** What is demo data can be tried out in query reports, under short names. */
  function nameDemoConnections(): void {
    const { SITE_DATABASE_URL: site, QUIZ_DATABASE_URL: quiz } = found;
    const demo = Object.entries({ site, quiz }).filter(([, url]) => url !== undefined);
    if (demo.length > 0) found.REPORT_CONNECTIONS = demo.map(([name, url]) => `${name}=${url}`).join(' ');
  }

  async function demoSite(adminUrl: string): Promise<void> {
    await doing('Demo site', async (step) => {
      let tenths = 0;
      const onProgress = (done: number, total: number) => {
        const reached = Math.floor((done / total) * 10);
        if (reached > tenths && reached < 10) step.say(`${reached * 10} % of ${total} rows written`);
        tenths = Math.max(tenths, reached);
      };
      const { people, filled } = await steps.fillDemoSite({ adminUrl, onProgress });
      step.done(`${people} people${filled ? '' : ', as before'}`);
    });
  }

  /** Invented people get mail in the sandbox only. */
  async function demoQuiz({ quizUrl, quizAdminUrl }: MysqlPart): Promise<void> {
    if (given.has('QUIZ_DATABASE_URL') || given.has('BREVO_BASE_URL')) return;
    await doing('Demo learning site', async (step) => {
      const { users, scores, filled } = await steps.fillDemoQuiz({ adminUrl: quizAdminUrl });
      step.done(`${users} users, ${scores} scores${filled ? '' : ', as before'}`);
    });
    found.QUIZ_DATABASE_URL = quizUrl;
    if (!given.has('QUIZ_BASE_URL')) found.QUIZ_BASE_URL = SANDBOX_QUIZ;
  }

  async function temporal(): Promise<void> {
    if (given.has('TEMPORAL_ADDRESS')) return;
    const { namespace } = settings.temporal;
    const codec = settings.payloadKeys.length > 0 ? 'local' : 'none';
    const started = await doing('Temporal', (step) => startTemporalPart({ ...part(step), namespace, codec }));
    found.TEMPORAL_ADDRESS = started.address;
    urls.temporalWebUi = started.webUi;
    if (codec === 'none') return;
    const env = { ...environment, SLUICE_HOME: home.root };
    await doing('Codec', (step) => startCodecPart({ ...part(step), env, webUi: started.webUi }));
  }

  async function brevo(): Promise<void> {
    if (given.has('BREVO_BASE_URL')) return;
    refuseLostBrevoSettings(settings);
    const sandbox = await doing('Brevo sandbox', (step) => startSandboxPart(part(step)));
    found.BREVO_BASE_URL = sandbox.baseUrl;
    found.BREVO_API_KEY = credentialsOf(home).sandboxKey;
    if (!given.has('APP_DRY_RUN')) found.APP_DRY_RUN = 'false';
    urls.brevoSandbox = sandbox.page;
    await doing('Lists and attributes', async (step) => {
      const lists = await steps.prepareBrevo(settingsNow());
      found.BREVO_LANGUAGE_LIST_ID = String(lists.languageListId);
      found.BREVO_NON_LANGUAGE_LIST_ID = String(lists.nonLanguageListId);
      step.done(`lists ${lists.languageListId} and ${lists.nonLanguageListId}`);
    });
  }

  /** Secrets of the gateway and of mails, where the settings give none. */
  function secrets(): void {
    const { secret, eventsSecret, brevoWebhookToken } = credentialsOf(home);
    if (!given.has('SLUICE_SECRET')) found.SLUICE_SECRET = secret;
    if (!given.has('EVENTS_SECRETS')) found.EVENTS_SECRETS = eventsSecret;
    if (!given.has('BREVO_WEBHOOK_TOKEN')) found.BREVO_WEBHOOK_TOKEN = brevoWebhookToken;
    const isSandbox = !given.has('BREVO_BASE_URL');
    if (isSandbox && !given.has('MAIL_FROM')) found.MAIL_FROM = SANDBOX_SENDER;
    if (isSandbox && !given.has('MAIL_VARIABLES')) found.MAIL_VARIABLES = SANDBOX_LINKS;
  }

  async function gateway(): Promise<void> {
    const env = (address: string) => ({
      ...environment,
      ...found,
      ...(given.has('PUBLIC_URL') ? {} : { PUBLIC_URL: address }),
      GATEWAY_HOST: '127.0.0.1',
      SLUICE_HOME: home.root,
    });
    const address = await doing('Gateway', (step) => startGatewayPart({ ...part(step), env }));
    urls.gateway = address;
    if (!given.has('PUBLIC_URL')) found.PUBLIC_URL = address;
    if (given.has('BREVO_BASE_URL')) return;
    await doing('Webhooks', async (step) => {
      await steps.connectWebhooks({
        ...settingsNow(),
        gateway: { ...settingsNow().gateway, publicUrl: address },
      });
      step.done('the sandbox tells the gateway what became of mails');
    });
  }

  async function schedules(): Promise<void> {
    await doing('Schedules', async (step) => step.done(await steps.applySchedules(settingsNow())));
  }

  async function worker(): Promise<void> {
    const env = { ...environment, ...found, SLUICE_HOME: home.root };
    await doing('Worker', (step) => startWorkerPart({ ...part(step), env }));
  }

  function superviseAll(): void {
    for (const server of servers.filter((server) => server.identity() !== undefined)) {
      void keepRunning({
        server,
        signal: calledOff.signal,
        onRestart: note,
        note: (text) => progress.note(text),
      });
    }
  }

  /** Waits for all of them, also when one has failed, so that nothing is being started any more when we stop. */
  async function together(tasks: readonly (Promise<unknown> | undefined)[]): Promise<void> {
    const watched = tasks.map(async (task) => {
      try {
        await task;
      } catch (error) {
        calledOff.abort(error);
        throw error;
      }
    });
    const failed = (await Promise.allSettled(watched)).find(({ status }) => status === 'rejected');
    if (failed !== undefined) calledOff.signal.throwIfAborted();
  }

  return {
    async start() {
      note();
      await together([databases(), temporal(), brevo()]);
      secrets();
      await gateway();
      await together([worker(), schedules()]);
      state = 'up';
      note();
      superviseAll();
      return record();
    },
    firstRun: () => steps.firstRun(settingsNow()),
    async stop() {
      calledOff.abort(new SluiceError('the start was called off', { code: 'called_off' }));
      for (const server of servers.toReversed()) {
        if (server.identity() === undefined) continue;
        const step = progress.step(server.name);
        await server.stop();
        step.done('stopped');
      }
      removeStackRecord(home.root);
    },
    async kill() {
      calledOff.abort(new SluiceError('the start was called off', { code: 'called_off' }));
      await Promise.all(servers.map((server) => server.kill()));
      removeStackRecord(home.root);
    },
  };
}

function withoutUnknown({ pid, started }: { pid: number; started: string | undefined }) {
  return started === undefined ? { pid } : { pid, started };
}

/** A key or list of a real account must not end up at the sandbox, nor be ignored without a word. */
function refuseLostBrevoSettings({ given }: Settings): void {
  const names = (['BREVO_API_KEY', 'BREVO_LANGUAGE_LIST_ID', 'BREVO_NON_LANGUAGE_LIST_ID'] as const).filter(
    (name) => given.has(name),
  );
  if (names.length === 0) return;
  throw new SluiceError(
    `${names.join(' and ')} ${names.length === 1 ? 'is' : 'are'} set, but BREVO_BASE_URL is not`,
    {
      code: 'settings_conflict',
      hint: 'Set BREVO_BASE_URL too, to use that account (https://api.brevo.com/v3), or unset them, to use the local sandbox.',
    },
  );
}
