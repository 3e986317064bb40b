import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fillCache } from '../bin/cache.mjs';
import { SluiceError } from '../domain/errors.ts';
import type { Step } from './progress.ts';
import { findProgram, runCommand } from './run-command.ts';

const VERSION = '1.38.0';

/**
 * The program of Temporal's time-skipping test server (Java), fetched once by Maven into the cache. For
 * `TestWorkflowEnvironment.createTimeSkipping({ server: { executable: { type: 'existing-path', path } } })`.
 * @throws SluiceError `time_skipping_not_found` when Java or Maven is missing or Maven fails
 */
export async function findTimeSkippingServer({ step }: { step: Step }): Promise<string> {
  const java = findProgram('java');
  if (java === undefined) throw notFound('there is no java on PATH');
  const folder = await fillCache({
    name: `temporal-test-server-${VERSION}`,
    onWait: (pid) => step.say(`waiting for process ${pid}, which is fetching the time-skipping server`),
    fill: (beside) => fetchJars({ beside, step }),
  });
  return join(folder, 'temporal-test-server');
}

async function fetchJars({ beside, step }: { beside: string; step: Step }): Promise<void> {
  const maven = findProgram('mvn');
  if (maven === undefined) throw notFound('there is no mvn on PATH');
  step.say(`fetching Temporal's time-skipping test server ${VERSION} with Maven (once, 40 MB, under 1 min)`);
  writeFileSync(join(beside, 'pom.xml'), POM);
  const args = [
    '-q',
    '-B',
    '-f',
    join(beside, 'pom.xml'),
    'dependency:copy-dependencies',
    '-DoutputDirectory=jars',
  ];
  try {
    await runCommand({
      command: maven,
      args: [...args, '-DincludeScope=runtime'],
      cwd: beside,
      limitMs: 600_000,
      step,
    });
  } catch (error) {
    throw notFound('Maven did not get it', error);
  }
  writeFileSync(join(beside, 'temporal-test-server'), LAUNCHER, { mode: 0o755 });
}

const POM = `<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>sluice</groupId><artifactId>time-skipping</artifactId><version>1</version>
  <dependencies>
    <dependency>
      <groupId>io.temporal</groupId><artifactId>temporal-test-server</artifactId><version>${VERSION}</version>
    </dependency>
  </dependencies>
</project>
`;

const LAUNCHER = `#!/bin/sh
exec java -XX:TieredStopAtLevel=1 -cp "$(dirname "$0")/jars/*" io.temporal.testserver.TestServer "$@"
`;

function notFound(reason: string, cause?: unknown): SluiceError {
  return new SluiceError(`the time-skipping test server is not available: ${reason}`, {
    code: 'time_skipping_not_found',
    hint: 'Install Java 17 or newer and Maven, with access to a Maven repository.',
    ...(cause === undefined ? {} : { cause }),
  });
}
