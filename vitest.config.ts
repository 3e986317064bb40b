import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { defineConfig } from 'vitest/config';
import { describeSettings } from './config.ts';

// Whatever the shell points at, tests have servers of their own and never touch anybody's.
for (const { name } of describeSettings()) delete process.env[name];
process.env.SLUICE_HOME = join(tmpdir(), `sluice-test-home-${process.pid}`);

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: ['test/support/global-setup.ts'],
    // Temporal's native module does not live in worker threads.
    pool: 'forks',
    execArgv: ['--import', new URL('./bin/quick-modules.mjs', import.meta.url).href],
    maxWorkers: 3,
    testTimeout: 60_000,
    hookTimeout: 120_000,
  },
});
