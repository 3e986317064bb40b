import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseEnv } from 'node:util';
import { z } from 'zod';
import { canonicalEmail } from './domain/email.ts';
import { SluiceError } from './domain/errors.ts';
import { parseConnections, type ReportConnection } from './domain/reports/connections.ts';

/**
 * All settings of Sluice, read once and validated together. Nothing else reads `process.env`.
 *
 * Sources, first one wins: the environment, `.env` in the working directory, the running local stack
 * (`SLUICE_HOME/stack.json`, written by `sluice up`), the default. An empty text counts as not set.
 * `docs/configuration.md` is generated from this schema (`npm run docs:configuration`).
 */

const REAL_BREVO = 'https://api.brevo.com/v3';

const text = z.string();

function url(protocols: readonly string[], example: string) {
  return text.refine(
    (value) => URL.canParse(value) && protocols.includes(new URL(value).protocol),
    `is not a usable URL; like ${example}`,
  );
}

const mysqlUrl = url(['mysql:', 'mariadb:'], 'mysql://user:password@host:3306/database').refine(
  (value) => !URL.canParse(value) || new URL(value).pathname.length > 1,
  'names no database; like mysql://user:password@host:3306/database',
);

const zone = text.refine(isZone, 'is not an IANA time zone; like UTC or Europe/Berlin');

const exactBoolean = text
  .refine((value) => /^(true|false)$/i.test(value), 'must be exactly true or false')
  .transform((value) => value.toLowerCase() === 'true');

function wholeNumber(least: number, most: number) {
  return text
    .refine((value) => /^\d+$/.test(value) && Number(value) >= least && Number(value) <= most, {
      error: `must be a whole number from ${least} to ${most}`,
    })
    .transform(Number);
}

const positiveNumber = text
  .refine((value) => /^\d+(\.\d+)?$/.test(value) && Number(value) > 0, 'must be a number above 0')
  .transform(Number);

/** whsec_ and 24 to 64 bytes in base64 (https://www.standardwebhooks.com). */
const webhookSecrets = text
  .refine((value) => value.split(',').every((part) => isWebhookSecret(part.trim())), {
    error:
      'must be whsec_ and 24 to 64 bytes in base64, several separated by commas; echo whsec_$(openssl rand -base64 32) makes one',
  })
  .transform((value) => value.split(',').map((part) => part.trim()));

/** `none` in front: nothing is encrypted any more, and the keys behind it still decrypt. */
const namedUrls = text
  .refine((value) => value.split(',').every((part) => /^\s*[a-z][a-z0-9_]*=https?:\/\/\S+$/.test(part)), {
    error: 'must be name=https://…, several separated by commas; like booking_url=https://example.com/call',
  })
  .transform((value) =>
    Object.fromEntries(
      value.split(',').map((part) => {
        const at = part.indexOf('=');
        return [part.slice(0, at).trim(), part.slice(at + 1).trim()] as const;
      }),
    ),
  );

/** Canonical addresses. */
const addresses = text
  .refine((value) => value.split(',').every((part) => canonicalEmail(part.trim()).ok), {
    error: 'must be addresses, several separated by commas; like ann@example.com,bob@example.com',
  })
  .transform((value) => [
    ...new Set(
      value.split(',').map((part) => {
        const address = canonicalEmail(part.trim());
        return address.ok ? address.email : '';
      }),
    ),
  ]);

const domains = text
  .refine(
    (value) => value.split(',').every((part) => /^[a-z0-9-]+(\.[a-z0-9-]+)+$/i.test(part.trim())),
    'must be domains, several separated by commas; like example.com,example.org',
  )
  .transform((value) => value.split(',').map((part) => part.trim().toLowerCase()));

const MINUTE_MS = 60_000;
const SPAN_UNITS: Readonly<Record<string, number>> = { s: 1000, m: MINUTE_MS, h: 60 * MINUTE_MS };

/** Milliseconds. */
const shortSpan = text
  .refine((value) => /^[1-9]\d{0,6}[smh]$/.test(value), 'must be a span of time; like 90s, 1m or 6h')
  .transform((value) => Number(value.slice(0, -1)) * (SPAN_UNITS[value.slice(-1)] ?? 0));

const payloadKeys = text
  .refine(
    (value) =>
      value
        .replace(/^none,/, '')
        .split(',')
        .every((part) => /^(?!none:)[A-Za-z0-9_-]{1,32}:[0-9a-f]{64}$/.test(part.trim())),
    {
      error:
        'must be id:64 hex digits, several separated by commas; echo k1:$(openssl rand -hex 32) makes one',
    },
  )
  .transform((value) =>
    value.split(',').map((part) => {
      const [id = '', hex = ''] = part.trim().split(':');
      return { id, hex };
    }),
  )
  .refine((keys) => new Set(keys.map(({ id }) => id)).size === keys.length, 'names one id twice');

const reportConnections = text.transform((value, context): readonly ReportConnection[] => {
  const { connections, problems } = parseConnections(value);
  for (const message of problems) context.addIssue({ code: 'custom', message });
  return connections;
});

const listId = wholeNumber(0, 2_147_483_647);

const statuses = text
  .refine((value) => value.split(',').every((part) => /^\s*-?\d+\s*$/.test(part)), {
    error: 'must be whole numbers separated by commas; like 1,2',
  })
  .transform((value) => value.split(',').map(Number));

const address = text.refine(
  (value) => /^[^\s:/]+:\d{1,5}$/.test(value) || /^\[[0-9a-f:]+\]:\d{1,5}$/i.test(value),
  {
    error: 'must be host:port; like 127.0.0.1:7233',
  },
);

function setting<T extends z.ZodType>(schema: T, about: string) {
  return schema.meta({ about });
}

const schema = z.object({
  DATABASE_URL: setting(
    mysqlUrl.optional(),
    "Sluice's own database (MySQL 8 or MariaDB ≥ 10.6); ?ssl=true at its end asks for TLS. Unset: the local stack's private instance.",
  ),
  SITE_DATABASE_URL: setting(
    mysqlUrl.optional(),
    "The website's database, only ever read. Unset: the local stack's demo site.",
  ),
  SITE_TIMEZONE: setting(
    zone.default('UTC'),
    'Zone in which the site writes its DATETIME values, which carry none.',
  ),
  SITE_LOOKBACK_DAYS: setting(
    wholeNumber(1, 3650).default(30),
    'How many days (of 24 h) back a completed test still makes a candidate.',
  ),
  SITE_COMPLETED_STATUSES: setting(
    statuses.default([]),
    'Values of simpletest_users.Status that count as completed, separated by commas. Unset: all, NULL included.',
  ),
  SITE_MAPPING: setting(
    text.optional(),
    'File that names other tables or columns of the site (docs/site.md). Unset: site-mapping.json, if there is one.',
  ),
  BREVO_API_KEY: setting(text.optional(), 'API key of the Brevo account.'),
  BREVO_BASE_URL: setting(
    url(['http:', 'https:'], REAL_BREVO)
      .transform((value) => value.replace(/\/+$/, ''))
      .default(REAL_BREVO),
    'Base URL of the Brevo API, /v3 included.',
  ),
  BREVO_LANGUAGE_LIST_ID: setting(
    listId.default(0),
    'Brevo list of the language funnel. Unset or 0: that funnel takes nobody in; its purchases still sync.',
  ),
  BREVO_NON_LANGUAGE_LIST_ID: setting(
    listId.default(0),
    'Brevo list of the non-language funnel. Unset or 0: as above.',
  ),
  BREVO_CONTACTS_PER_SECOND: setting(
    positiveNumber.default(10),
    'Calls to /contacts/* a second that the account allows (General plan 10, Advanced 20, Extended 60).',
  ),
  BREVO_CONTACTS_PER_HOUR: setting(
    wholeNumber(1, 1_000_000_000).default(36_000),
    'Calls to /contacts/* an hour that the account allows.',
  ),
  BREVO_PROCESSES_PER_HOUR: setting(
    wholeNumber(1, 1_000_000_000).default(100),
    'Calls to /processes an hour that the account allows (General plan 100); bounds how often an import is asked about.',
  ),
  BREVO_IMPORT_MAX_CONTACTS: setting(
    wholeNumber(1, 50_000).default(10_000),
    'Contacts in one import at most.',
  ),
  APP_DRY_RUN: setting(
    exactBoolean.default(true),
    'true: read everything, write nothing to Brevo or to our tables. The real Brevo is called only with false.',
  ),
  TEMPORAL_ADDRESS: setting(
    address.default('127.0.0.1:7233'),
    "Temporal's gRPC address. Unset: the local stack's dev server.",
  ),
  TEMPORAL_NAMESPACE: setting(text.default('default'), 'Temporal namespace.'),
  TEMPORAL_TASK_QUEUE: setting(
    text.default('sluice'),
    'Task queue of the workers; calls to Brevo run on <queue>-brevo. Two installations need two namespaces: ids of schedules are unique in one.',
  ),
  SCHEDULE_CATALOGUE: setting(
    text.optional(),
    'Module that declares what runs when. Unset: schedules/catalogue.ts of this Sluice.',
  ),
  SCHEDULE_PROFILE: setting(
    z.enum(['production', 'development']).default('production'),
    'production or development. development: schedules with ids and rules of their own (dev-…), which never touch those of production.',
  ),
  CAMPAIGN_CATALOGUE: setting(
    text.optional(),
    'Module that declares the campaigns (docs/campaigns.md). Unset: domain/campaigns/catalogue.ts of this Sluice.',
  ),
  SLUICE_SECRET: setting(
    text.min(32, 'must have at least 32 characters; like the output of openssl rand -hex 32').optional(),
    'Secret from which the keys of unsubscribe links and of kept address hashes are made; needed for events and mail. Never change it: links in sent mails and suppressions of erased people depend on it. Unset: the local stack makes one.',
  ),
  EVENTS_SECRETS: setting(
    webhookSecrets.default([]),
    'Secrets (whsec_…, separated by commas) with which websites sign their events; several while one is exchanged. Unset: the gateway takes no events.',
  ),
  BREVO_WEBHOOK_TOKEN: setting(
    text.min(16, 'must have at least 16 characters').optional(),
    "Bearer token that Brevo's webhooks send. Unset: the gateway takes none.",
  ),
  GATEWAY_HOST: setting(text.default('127.0.0.1'), 'Address on which the event gateway listens.'),
  GATEWAY_PORT: setting(wholeNumber(0, 65_535).default(8090), 'Port of the event gateway; 0: any free one.'),
  PUBLIC_URL: setting(
    url(['http:', 'https:'], 'https://events.example.com')
      .transform((value) => value.replace(/\/+$/, ''))
      .optional(),
    "Where people reach the gateway; unsubscribe links begin with it. Unset: the gateway's own address.",
  ),
  MAIL_FROM: setting(
    text
      .refine(isSender, 'must be an address, or a name and an address; like Ann <ann@example.com>')
      .optional(),
    'Sender of mails, verified at Brevo: Name <address>. Needed for mails of our own.',
  ),
  MAIL_REPLY_TO: setting(
    text
      .refine(isSender, 'must be an address, or a name and an address; like Ann <ann@example.com>')
      .optional(),
    'Where answers to mails go. Unset: to the sender.',
  ),
  MAIL_POSTAL_ADDRESS: setting(
    text.optional(),
    'Postal address at the foot of marketing mails, which the law of many countries asks for.',
  ),
  MAIL_TEMPLATES: setting(
    text.optional(),
    'Folder of mail templates (docs/templates.md). Unset: those that come with Sluice.',
  ),
  MAIL_VARIABLES: setting(
    namedUrls.default({}),
    'Addresses that every mail may use, name=https://… separated by commas; the shipped journeys need assessment_url and booking_url.',
  ),
  BREVO_MAILS_PER_SECOND: setting(
    positiveNumber.default(100),
    'Mails a second that go out at most (the General plan allows 1000).',
  ),
  CONTACT_TIMEZONE: setting(zone.default('UTC'), 'Zone of people who have none of their own.'),
  SALES_WEBHOOK_URL: setting(
    url(['http:', 'https:'], 'https://hooks.slack.com/services/…').optional(),
    'Slack or Discord style webhook of the sales channel. Unset: alerts are noted and go nowhere.',
  ),
  SALES_EMAILS: setting(
    addresses.default([]),
    'Addresses, separated by commas, that get a mail for each lead that became hot (docs/lead-scoring.md). Unset: none.',
  ),
  SALES_TIMEZONE: setting(
    zone.optional(),
    'Zone of the hours in which sales is told of hot leads. Unset: REPORT_TIMEZONE.',
  ),
  LEAD_HISTORY_DAYS: setting(
    wholeNumber(1, 3650).default(30),
    'For so many days the changes of scores are kept, a row for each.',
  ),
  OPERATOR_WEBHOOK_URL: setting(
    url(['http:', 'https:'], 'https://hooks.slack.com/services/…').optional(),
    'The same for those who look after Sluice: a step of a journey that waits for somebody. Unset: noted only.',
  ),
  TEMPORAL_PAYLOAD_KEYS: setting(
    payloadKeys.default([]),
    "Keys (id:64 hex digits, separated by commas) with which everything in Temporal's histories is encrypted; the first one encrypts, all decrypt; none in front of them ends encryption (docs/privacy.md). Unset: not encrypted (histories hold ids, counts and times only).",
  ),
  REPORT_CONNECTIONS: setting(
    reportConnections.default([]),
    'Databases that query reports may read: name=url, several separated by white space; mysql://, mariadb://, postgres:// or sqlite:///path (docs/report-guard.md). Unset: none.',
  ),
  REPORT_MIN_INTERVAL: setting(
    shortSpan.optional(),
    'Query reports run no more often than this: 90s, 15m, 6h. Unset: 1m.',
  ),
  REPORT_RECIPIENT_DOMAINS: setting(
    domains.default([]),
    'Domains, separated by commas, to which query reports may be sent. Unset: any.',
  ),
  REPORT_TIMEZONE: setting(
    zone.default('UTC'),
    'Zone of the days in reports and of --from-date and --to-date.',
  ),
  MARKETING_REPORT_EMAILS: setting(
    addresses.default([]),
    'Addresses, separated by commas, that get the daily marketing report and the weekly campaign review (docs/marketing-reports.md). Unset: both are made and kept, and nobody gets them.',
  ),
  QUIZ_DATABASE_URL: setting(
    mysqlUrl.optional(),
    'A QuizMaster database (MySQL), only ever read. Unset: there are no quiz reminders and no monthly reports (docs/quiz.md).',
  ),
  QUIZ_BASE_URL: setting(
    url(['http:', 'https:'], 'https://quiz.example.com')
      .transform((value) => value.replace(/\/+$/, ''))
      .optional(),
    'Where people take quizzes; links in quiz mails begin with it. Needed with QUIZ_DATABASE_URL.',
  ),
  QUIZ_TIMEZONE: setting(
    zone.default('UTC'),
    'Zone of the hours and months of quiz mails, and of quiz users who have none of their own.',
  ),
  DAILY_REMINDER_HOUR: setting(
    wholeNumber(0, 23).default(18),
    'Hour of the daily reminder, for everybody who has chosen no time or zone; sluice schedules apply moves the schedule.',
  ),
  REMINDER_INACTIVE_DAYS: setting(
    wholeNumber(1, 365).default(2),
    'Days (of 24 h) without a login after which somebody is reminded.',
  ),
  REMINDER_MOST_IN_A_ROW: setting(
    wholeNumber(1, 365).default(3),
    'Reminders to one person without a login in between, at most.',
  ),
  MONTHLY_REPORT_DAY: setting(
    wholeNumber(1, 28).default(1),
    'Day of the month on which the report of the month before goes out.',
  ),
  MONTHLY_REPORT_HOUR: setting(wholeNumber(0, 23).default(9), 'Hour of that day, in QUIZ_TIMEZONE.'),
  SLUICE_HOME: setting(
    text.default('.sluice'),
    'Folder of the local stack: databases, logs, cached workflow bundle.',
  ),
  LOG_LEVEL: setting(
    z.enum(['debug', 'info', 'warn', 'error']).default('info'),
    'debug, info, warn or error.',
  ),
});

type Raw = z.output<typeof schema>;
export type SettingName = keyof Raw;

/** The settings as the program uses them. Times are UTC unless a zone setting says otherwise. */
export interface Settings {
  readonly databaseUrl: string | undefined;
  readonly site: {
    readonly databaseUrl: string | undefined;
    readonly timezone: string;
    readonly lookbackDays: number;
    readonly completedStatuses: readonly number[];
    readonly mappingFile: string | undefined;
  };
  readonly brevo: {
    readonly apiKey: string | undefined;
    readonly baseUrl: string;
    readonly isReal: boolean;
    readonly lists: { readonly language: number; readonly non_language: number };
    readonly contactsPerSecond: number;
    readonly contactsPerHour: number;
    readonly processesPerHour: number;
    readonly importMaxContacts: number;
  };
  readonly dryRun: boolean;
  readonly temporal: { readonly address: string; readonly namespace: string; readonly taskQueue: string };
  readonly schedule: {
    /** Absolute path of a module; undefined: the catalogue that comes with Sluice. */
    readonly catalogue: string | undefined;
    readonly profile: 'production' | 'development';
  };
  /** Absolute path of a module; undefined: the campaigns that come with Sluice. */
  readonly campaignCatalogue: string | undefined;
  readonly secret: string | undefined;
  readonly events: { readonly secrets: readonly string[]; readonly brevoToken: string | undefined };
  readonly gateway: {
    readonly host: string;
    readonly port: number;
    /** Without a slash at the end. */
    readonly publicUrl: string | undefined;
  };
  readonly mail: {
    /** `Name <address>` or an address. */
    readonly from: string | undefined;
    readonly replyTo: string | undefined;
    readonly postalAddress: string | undefined;
    /** Absolute path; undefined: the templates that come with Sluice. */
    readonly templates: string | undefined;
    /** Addresses by the name under which templates know them. */
    readonly variables: Readonly<Record<string, string>>;
    readonly perSecond: number;
  };
  readonly contactTimezone: string;
  /** Where alerts go, by channel. */
  readonly channels: { readonly sales: string | undefined; readonly operators: string | undefined };
  readonly sales: {
    /** Canonical addresses. */
    readonly emails: readonly string[];
    readonly timezone: string;
  };
  readonly leadHistoryDays: number;
  readonly payloadKeys: readonly { readonly id: string; readonly hex: string }[];
  /** Databases that query reports may read. Their URLs hold passwords. */
  readonly reportConnections: readonly ReportConnection[];
  /** Milliseconds. */
  readonly reportMinInterval: number;
  /** Lower case; none: any. */
  readonly reportRecipientDomains: readonly string[];
  readonly reportTimezone: string;
  /** Canonical addresses, each once. */
  readonly marketingReportEmails: readonly string[];
  readonly quiz: {
    /** Undefined: no quiz flows. */
    readonly databaseUrl: string | undefined;
    /** Without a slash at the end. */
    readonly baseUrl: string | undefined;
    readonly timezone: string;
    readonly reminderHour: number;
    readonly inactiveDays: number;
    readonly mostInARow: number;
    readonly reportDay: number;
    readonly reportHour: number;
  };
  /** Absolute path. */
  readonly home: string;
  readonly logLevel: 'debug' | 'info' | 'warn' | 'error';
  /** Names that somebody set outside the local stack: what is here, `sluice up` starts nothing for. */
  readonly given: ReadonlySet<SettingName>;
}

export interface SettingsSources {
  readonly env?: NodeJS.ProcessEnv;
  readonly directory?: string;
}

/**
 * Reads and checks all settings.
 * @throws SluiceError `settings_invalid` that names every problem at once; values of secrets are never repeated.
 */
export function loadSettings(sources: SettingsSources = {}): Settings {
  const directory = sources.directory ?? process.cwd();
  const outer = withoutEmpty({
    ...readDotEnv(join(directory, '.env')),
    ...withoutEmpty(sources.env ?? process.env),
  });
  const home = resolve(directory, outer.SLUICE_HOME ?? '.sluice');
  const parsed = schema.safeParse({ ...readStack(home, outer), ...outer });
  if (!parsed.success) {
    const problems = parsed.error.issues.map((issue) => describeProblem(issue, outer));
    throw new SluiceError(`settings are not usable:\n${problems.map((line) => `  ${line}`).join('\n')}`, {
      code: 'settings_invalid',
      hint: 'Correct them in the environment or in .env; docs/configuration.md lists all settings.',
    });
  }
  const names = Object.keys(schema.shape) as SettingName[];
  const given = new Set(names.filter((name) => outer[name] !== undefined));
  return arrange(parsed.data, { home, given, directory });
}

function arrange(
  raw: Raw,
  { home, given, directory }: { home: string; given: ReadonlySet<SettingName>; directory: string },
): Settings {
  const defaultMapping = join(directory, 'site-mapping.json');
  return {
    databaseUrl: raw.DATABASE_URL,
    site: {
      databaseUrl: raw.SITE_DATABASE_URL,
      timezone: raw.SITE_TIMEZONE,
      lookbackDays: raw.SITE_LOOKBACK_DAYS,
      completedStatuses: raw.SITE_COMPLETED_STATUSES,
      mappingFile: raw.SITE_MAPPING ?? (existsSync(defaultMapping) ? defaultMapping : undefined),
    },
    brevo: {
      apiKey: raw.BREVO_API_KEY,
      baseUrl: raw.BREVO_BASE_URL,
      isReal: /(^|\.)(brevo|sendinblue)\.com$/.test(new URL(raw.BREVO_BASE_URL).hostname),
      lists: { language: raw.BREVO_LANGUAGE_LIST_ID, non_language: raw.BREVO_NON_LANGUAGE_LIST_ID },
      contactsPerSecond: raw.BREVO_CONTACTS_PER_SECOND,
      contactsPerHour: raw.BREVO_CONTACTS_PER_HOUR,
      processesPerHour: raw.BREVO_PROCESSES_PER_HOUR,
      importMaxContacts: raw.BREVO_IMPORT_MAX_CONTACTS,
    },
    dryRun: raw.APP_DRY_RUN,
    temporal: {
      address: raw.TEMPORAL_ADDRESS,
      namespace: raw.TEMPORAL_NAMESPACE,
      taskQueue: raw.TEMPORAL_TASK_QUEUE,
    },
    schedule: {
      catalogue:
        raw.SCHEDULE_CATALOGUE === undefined ? undefined : resolve(directory, raw.SCHEDULE_CATALOGUE),
      profile: raw.SCHEDULE_PROFILE,
    },
    campaignCatalogue:
      raw.CAMPAIGN_CATALOGUE === undefined ? undefined : resolve(directory, raw.CAMPAIGN_CATALOGUE),
    secret: raw.SLUICE_SECRET,
    events: { secrets: raw.EVENTS_SECRETS, brevoToken: raw.BREVO_WEBHOOK_TOKEN },
    gateway: { host: raw.GATEWAY_HOST, port: raw.GATEWAY_PORT, publicUrl: raw.PUBLIC_URL },
    mail: {
      from: raw.MAIL_FROM,
      replyTo: raw.MAIL_REPLY_TO,
      postalAddress: raw.MAIL_POSTAL_ADDRESS,
      templates: raw.MAIL_TEMPLATES === undefined ? undefined : resolve(directory, raw.MAIL_TEMPLATES),
      variables: raw.MAIL_VARIABLES,
      perSecond: raw.BREVO_MAILS_PER_SECOND,
    },
    contactTimezone: raw.CONTACT_TIMEZONE,
    channels: { sales: raw.SALES_WEBHOOK_URL, operators: raw.OPERATOR_WEBHOOK_URL },
    sales: { emails: raw.SALES_EMAILS, timezone: raw.SALES_TIMEZONE ?? raw.REPORT_TIMEZONE },
    leadHistoryDays: raw.LEAD_HISTORY_DAYS,
    payloadKeys: raw.TEMPORAL_PAYLOAD_KEYS,
    reportConnections: raw.REPORT_CONNECTIONS,
    reportMinInterval: raw.REPORT_MIN_INTERVAL ?? MINUTE_MS,
    reportRecipientDomains: raw.REPORT_RECIPIENT_DOMAINS,
    reportTimezone: raw.REPORT_TIMEZONE,
    marketingReportEmails: raw.MARKETING_REPORT_EMAILS,
    quiz: {
      databaseUrl: raw.QUIZ_DATABASE_URL,
      baseUrl: raw.QUIZ_BASE_URL,
      timezone: raw.QUIZ_TIMEZONE,
      reminderHour: raw.DAILY_REMINDER_HOUR,
      inactiveDays: raw.REMINDER_INACTIVE_DAYS,
      mostInARow: raw.REMINDER_MOST_IN_A_ROW,
      reportDay: raw.MONTHLY_REPORT_DAY,
      reportHour: raw.MONTHLY_REPORT_HOUR,
    },
    home,
    logLevel: raw.LOG_LEVEL,
    given,
  };
}

/** @throws SluiceError `setting_missing` where neither a setting nor a local stack gives an address. */
export function required(name: SettingName, value: string | undefined): string {
  if (value !== undefined) return value;
  throw new SluiceError(`${name} is not set, and no local stack runs in this folder`, {
    code: 'setting_missing',
    hint: `Set ${name} in the environment or in .env, or start the local stack: npm start.`,
  });
}

/** Name, meaning and default of every setting, for the generated page. */
export function describeSettings(): readonly { name: string; about: string; default: string }[] {
  return Object.entries(schema.shape).map(([name, part]) => {
    const fallback = part.safeParse(undefined);
    const value: unknown = fallback.success ? fallback.data : undefined;
    return {
      name,
      about: aboutOf(part),
      default: ['string', 'number', 'boolean'].includes(typeof value)
        ? `${value as string | number | boolean}`
        : '',
    };
  });
}

function aboutOf(part: z.ZodType): string {
  const about: unknown = part.meta()?.about;
  return typeof about === 'string' ? about : '';
}

/** The file through which a running local stack tells the commands beside it where it listens. Mode 0600. */
export function stackFile(home: string): string {
  return join(home, 'stack.json');
}

function readStack(home: string, outer: Record<string, string | undefined>): Record<string, string> {
  const file = stackFile(home);
  if (!existsSync(file)) return {};
  const { settings } = z
    .object({ settings: z.record(z.string(), z.string()) })
    .parse(JSON.parse(readFileSync(file, 'utf8')));
  // The stack's key, lists, live mode and invented users belong to its sandbox: another Brevo never inherits them.
  if (outer.BREVO_BASE_URL !== undefined) {
    for (const name of Object.keys(settings)) {
      if (/^(BREVO|QUIZ)_/.test(name) || name === 'APP_DRY_RUN') delete settings[name];
    }
  }
  return settings;
}

function readDotEnv(file: string): Record<string, string | undefined> {
  if (!existsSync(file)) return {};
  // Editors on Windows put a byte order mark in front, which would become part of the first name.
  return withoutEmpty(parseEnv(readFileSync(file, 'utf8').replace(/^\uFEFF/, '')));
}

function withoutEmpty(values: Record<string, string | undefined>): Record<string, string | undefined> {
  return Object.fromEntries(
    Object.entries(values)
      .map(([name, value]) => [name, value?.trim()] as const)
      .filter(([, value]) => value !== undefined && value !== ''),
  );
}

function isZone(value: string): boolean {
  try {
    return !/^[+-]/.test(Intl.DateTimeFormat('en', { timeZone: value }).resolvedOptions().timeZone);
  } catch {
    return false;
  }
}

function isWebhookSecret(value: string): boolean {
  const [, encoded = ''] = /^whsec_([A-Za-z0-9+/]+={0,2})$/.exec(value) ?? [];
  const { length } = Buffer.from(encoded, 'base64');
  return length >= 24 && length <= 64;
}

function isSender(value: string): boolean {
  const [, address = value] = /^[^<>]*<([^<>]+)>$/.exec(value) ?? [];
  return canonicalEmail(address.trim()).ok;
}

const SECRET = /KEY|SECRET|TOKEN|_URL$|CONNECTIONS$/;

function describeProblem(issue: z.core.$ZodIssue, outer: Record<string, string | undefined>): string {
  const name = String(issue.path[0] ?? 'settings');
  const value = outer[name];
  const shown = value === undefined || SECRET.test(name) ? '' : ` (it is "${value.slice(0, 60)}")`;
  return `${name} ${issue.message}${shown}`;
}
