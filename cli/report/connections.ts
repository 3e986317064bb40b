import Table from 'cli-table3';
import { Command } from 'commander';
import { loadSettings } from '../../config.ts';
import { openSource } from '../../db/sources/open.ts';
import type { SourceTable } from '../../db/sources/source.ts';
import { print, printJson } from '../output.ts';
import { visibleText } from '../visible-text.ts';
import { connectionNamed } from './context.ts';
import { describeTest } from './query-text.ts';

interface Options {
  readonly json?: true;
}

const DATABASES = { mysql: 'MySQL or MariaDB', postgres: 'PostgreSQL', sqlite: 'SQLite' };

export function connectionsCommand(): Command {
  const connections = new Command('connections')
    .description('the databases that reports may read (REPORT_CONNECTIONS)')
    .addHelpText('after', '\nExample:\n  sluice report connections test shop');
  connections
    .command('list', { isDefault: true })
    .description('their names and kinds; addresses and passwords are not shown')
    .option('--json', 'one JSON value on stdout')
    .addHelpText('after', '\nExample:\n  sluice report connections list')
    .action(({ json }: Options) => list(json));
  connections
    .command('test')
    .argument('<name>')
    .description('connect, and say as whom, to what, and whether that role could write')
    .option('--json', 'one JSON value on stdout')
    .addHelpText('after', '\nExample:\n  sluice report connections test shop')
    .action(async (name: string, { json }: Options) => {
      const answer = await openSource(connectionNamed(loadSettings(), name)).test();
      if (json === true) printJson({ name, ...answer, canWrite: answer.canWrite ?? null });
      else print(`${name}: ${describeTest(answer)}`);
    });
  connections
    .command('tables')
    .argument('<name>')
    .description('tables and views with their columns')
    .option('--json', 'one JSON value on stdout')
    .addHelpText('after', '\nExample:\n  sluice report connections tables shop')
    .action(async (name: string, { json }: Options) => {
      const tables = await openSource(connectionNamed(loadSettings(), name)).tables();
      if (json === true) printJson({ name, tables });
      else print(tables.length === 0 ? 'no tables that this role can see' : tables.map(tableText).join('\n'));
    });
  return connections;
}

function list(json: true | undefined): void {
  const { reportConnections } = loadSettings();
  const rows = reportConnections.map(({ name, dialect, timezone, tls }) => ({
    name,
    dialect,
    timezone,
    tls,
  }));
  if (json === true) return printJson({ connections: rows });
  if (rows.length === 0) return print('there are none; REPORT_CONNECTIONS names them (docs/reports.md)');
  const table = new Table({
    head: ['name', 'database', 'zone of its times', 'tls'],
    style: { head: [], border: [] },
  });
  for (const { name, dialect, timezone, tls } of rows) table.push([name, DATABASES[dialect], timezone, tls]);
  print(table.toString());
}

function tableText({ schema, name, kind, columns }: SourceTable): string {
  const title = [...(schema === undefined ? [] : [schema]), name].map((part) => visibleText(part)).join('.');
  const parts = columns.map((column) => `${visibleText(column.name)} ${visibleText(column.type)}`);
  return `${title}${kind === 'view' ? ' (view)' : ''}\n  ${parts.join(', ')}`;
}
