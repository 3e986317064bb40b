import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describeSettings } from '../config.ts';

/** `npm run docs:configuration` writes docs/configuration.md from the settings' schema. */

const FILE = fileURLToPath(new URL('./configuration.md', import.meta.url));

export function configurationPage(): string {
  const rows = describeSettings().map(
    ({ name, about, default: value }) =>
      `| \`${name}\` | ${about.replaceAll('|', '\\|')} | ${value === '' ? '' : `\`${value}\``} |`,
  );
  return `# Configuration

<!-- Written by \`npm run docs:configuration\` from config.ts. Edit there. -->

Settings come from the environment, then from \`.env\` in the working directory, then from the local stack that runs in
this folder, then from the default. An empty text counts as not set. All are checked together when a command starts:
what is wrong is named at once, with exit code 2, and nothing runs.

With \`npm start\`, each of \`DATABASE_URL\`, \`SITE_DATABASE_URL\`, \`TEMPORAL_ADDRESS\` and \`BREVO_BASE_URL\` that you set is
used as it is, and nothing is started in its place.

| setting | meaning | default |
|---|---|---|
${rows.join('\n')}
`;
}

if (import.meta.filename === process.argv[1]) writeFileSync(FILE, configurationPage());
