import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { loadSettings, stackFile } from '../config.ts';
import { messageOf } from '../domain/errors.ts';
import { scratchFolder } from './support/scratch.ts';

const read = (env: Record<string, string>, directory = scratchFolder()) => loadSettings({ env, directory });

it('names every problem at once and repeats no secret', () => {
  const wrong = {
    APP_DRY_RUN: 'on',
    BREVO_LANGUAGE_LIST_ID: 'abc',
    DATABASE_URL: 'mysql//user:hunter2@host/db',
    SITE_TIMEZONE: 'Mars/Base',
    TEMPORAL_ADDRESS: 'nowhere',
    SITE_LOOKBACK_DAYS: '0',
    SITE_COMPLETED_STATUSES: '1,two',
    BREVO_BASE_URL: 'ftp://example.com',
  };
  let message = '';
  try {
    read(wrong);
  } catch (error) {
    message = messageOf(error);
  }
  for (const name of Object.keys(wrong)) expect(message).toContain(name);
  expect(message).not.toContain('hunter2');
});

it.each(['on', 'yes', '1', 'flase', '0'])('refuses to start with APP_DRY_RUN=%s', (value) => {
  expect(() => read({ APP_DRY_RUN: value })).toThrow('APP_DRY_RUN must be exactly true or false');
});

it('runs dry unless told false, in any case of letters', () => {
  expect(read({}).dryRun).toBe(true);
  expect(read({ APP_DRY_RUN: '' }).dryRun).toBe(true);
  expect(read({ APP_DRY_RUN: 'False' }).dryRun).toBe(false);
  expect(read({ APP_DRY_RUN: 'TRUE' }).dryRun).toBe(true);
});

it('takes an empty list id or 0 as off, and refuses what is no number', () => {
  expect(read({ BREVO_LANGUAGE_LIST_ID: '', BREVO_NON_LANGUAGE_LIST_ID: '0' }).brevo.lists).toEqual({
    language: 0,
    non_language: 0,
  });
  expect(() => read({ BREVO_LANGUAGE_LIST_ID: '12a' })).toThrow('BREVO_LANGUAGE_LIST_ID');
});

it('reads .env below the environment, a byte order mark at its beginning too', () => {
  const directory = scratchFolder();
  writeFileSync(join(directory, '.env'), '\uFEFFSITE_TIMEZONE=Europe/Berlin\nSITE_LOOKBACK_DAYS=7\n');
  const settings = read({ SITE_LOOKBACK_DAYS: '8' }, directory);
  expect(settings.site).toMatchObject({ timezone: 'Europe/Berlin', lookbackDays: 8 });
  expect(settings.given).toEqual(new Set(['SITE_TIMEZONE', 'SITE_LOOKBACK_DAYS']));
});

it("never lends the sandbox's key or its live mode to another Brevo", () => {
  const directory = scratchFolder();
  const values = {
    BREVO_API_KEY: 'sandbox',
    BREVO_BASE_URL: 'http://127.0.0.1:1/v3',
    APP_DRY_RUN: 'false',
    BREVO_LANGUAGE_LIST_ID: '1',
  };
  writeFileSync(stackFile(directory), JSON.stringify({ settings: values }));
  const local = read({ SLUICE_HOME: directory });
  expect(local).toMatchObject({ dryRun: false, brevo: { apiKey: 'sandbox' } });
  const other = read({ SLUICE_HOME: directory, BREVO_BASE_URL: 'https://api.brevo.com/v3' });
  expect(other).toMatchObject({
    dryRun: true,
    brevo: { apiKey: undefined, isReal: true, lists: { language: 0 } },
  });
});
