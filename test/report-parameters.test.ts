import { describe, expect, it } from 'vitest';
import { loadSettings } from '../config.ts';
import { messageOf } from '../domain/errors.ts';
import { parseConnections } from '../domain/reports/connections.ts';
import { resolveDynamicDate } from '../domain/reports/dynamic-dates.ts';
import {
  type ParameterDefinition,
  type ParameterInput,
  resolveParameters,
} from '../domain/reports/parameters.ts';
import { bindPlaceholders, placeholdersOf } from '../domain/reports/placeholders.ts';
import type { SqlDialect } from '../domain/reports/sql-lexer.ts';
import { scratchFolder } from './support/scratch.ts';

const moment = { asOf: new Date('2025-03-31T10:30:00Z'), timezone: 'Europe/Berlin' };

const resolve = (definitions: readonly ParameterDefinition[], given: Record<string, ParameterInput> = {}) =>
  resolveParameters({ definitions, given, ...moment });

describe('dynamic dates', () => {
  it.each([
    ['now', '2025-03-31', '2025-03-31T10:30:00Z'],
    ['today', '2025-03-31', '2025-03-30T22:00:00Z'],
    ['yesterday', '2025-03-30', '2025-03-29T23:00:00Z'],
    ['tomorrow', '2025-04-01', '2025-03-31T22:00:00Z'],
    ['startOfThisWeek', '2025-03-31', '2025-03-30T22:00:00Z'],
    ['startOfLastWeek', '2025-03-24', '2025-03-23T23:00:00Z'],
    ['endOfLastWeek', '2025-03-30', '2025-03-30T21:59:59.999999Z'],
    ['startOfLastMonth', '2025-02-01', '2025-01-31T23:00:00Z'],
    ['endOfLastMonth', '2025-02-28', '2025-02-28T22:59:59.999999Z'],
    ['startOfThisMonth', '2025-03-01', '2025-02-28T23:00:00Z'],
    ['startOfNextMonth', '2025-04-01', '2025-03-31T22:00:00Z'],
    ['startOfLastQuarter', '2024-10-01', '2024-09-30T22:00:00Z'],
    ['endOfThisQuarter', '2025-03-31', '2025-03-31T21:59:59.999999Z'],
    ['endOfLastYear', '2024-12-31', '2024-12-31T22:59:59.999999Z'],
    ['startOfNextYear', '2026-01-01', '2025-12-31T23:00:00Z'],
    ['7 days ago', '2025-03-24', '2025-03-24T11:30:00Z'],
    ['1 month ago', '2025-02-28', '2025-02-28T11:30:00Z'],
    ['2 quarters ago', '2024-09-30', '2024-09-30T10:30:00Z'],
    ['36 hours ago', '2025-03-29', '2025-03-29T22:30:00Z'],
    ['in 2 weeks', '2025-04-14', '2025-04-14T10:30:00Z'],
  ])('%s, over a clock change', (expression, day, instant) => {
    expect(resolveDynamicDate({ expression, ...moment })).toEqual({ day, instant });
  });

  it('begin a day where its midnight is skipped', () => {
    const input = {
      expression: 'today',
      asOf: new Date('2018-11-04T15:00:00Z'),
      timezone: 'America/Sao_Paulo',
    };
    expect(resolveDynamicDate(input)).toEqual({ day: '2018-11-04', instant: '2018-11-04T03:00:00Z' });
  });
});

describe('parameters', () => {
  it('become values by their types', () => {
    const resolved = resolve([
      { name: 'name', type: 'text', value: "O'Hara" },
      { name: 'count', type: 'integer', value: 42 },
      { name: 'price', type: 'decimal', value: '12.50' },
      { name: 'paid', type: 'boolean', value: 'TRUE' },
      { name: 'day', type: 'date', value: { from: 'startOfLastMonth' } },
      { name: 'at', type: 'datetime', value: '2025-02-28 18:00' },
      { name: 'exact', type: 'datetime', value: '2025-02-28T18:00:00+05:30' },
      { name: 'ids', type: 'integer', list: true, value: [1, '2'] },
      { name: 'none', type: 'text', value: null },
    ]);
    expect(resolved.map(({ value }) => value)).toEqual([
      "O'Hara",
      '42',
      '12.50',
      true,
      '2025-02-01',
      '2025-02-28T17:00:00Z',
      '2025-02-28T12:30:00Z',
      ['1', '2'],
      null,
    ]);
  });

  it('take values of one run in place of those of the definition', () => {
    const definitions = [{ name: 'day', type: 'date', value: { from: 'today' } }] as const;
    expect(resolve(definitions, { day: '2024-02-29' })[0]?.value).toBe('2024-02-29');
  });

  it('name every problem at once', () => {
    const definitions: readonly ParameterDefinition[] = [
      { name: '1st', type: 'text', value: 'x' },
      { name: 'missing', type: 'text' },
      { name: 'count', type: 'integer', value: '1; DROP' },
      { name: 'day', type: 'date', value: '2025-02-30' },
      { name: 'when', type: 'date', value: { from: 'startOfLastFortnight' } },
      { name: 'word', type: 'text', value: { from: 'today' } },
      { name: 'empty', type: 'integer', list: true, value: [] },
      { name: 'single', type: 'integer', value: [1] },
    ];
    expect(() => resolve(definitions, { stranger: 1 })).toThrow(
      expect.objectContaining({ code: 'parameters_invalid', sort: 'item' }) as Error,
    );
    for (const name of ['1st', 'missing', 'count', 'day', 'when', 'word', 'empty', 'single', 'stranger']) {
      expect(() => resolve(definitions, { stranger: 1 })).toThrow(`"${name}"`);
    }
  });
});

function bind(sql: string, dialect: SqlDialect, definitions: readonly ParameterDefinition[]) {
  return bindPlaceholders({ sql, dialect, parameters: resolve(definitions) });
}

describe('placeholders', () => {
  const day = { name: 'day', type: 'date', value: '2025-02-28' } as const;
  const ids = { name: 'ids', type: 'integer', list: true, value: [1, 2] } as const;

  it("become each driver's own, and a list as many as it has values", () => {
    const sql = 'SELECT :day WHERE id IN (:ids) AND day >= :day';
    expect(bind(sql, 'postgres', [day, ids])).toMatchObject({
      sql: 'SELECT $1 WHERE id IN ($2, $3) AND day >= $1',
      values: [{ value: '2025-02-28' }, { value: '1' }, { value: '2' }],
    });
    const marks = 'SELECT ? WHERE id IN (?, ?) AND day >= ?';
    expect(bind(sql, 'mysql', [day, ids])).toMatchObject({ sql: marks, values: { length: 4 } });
    expect(bind(sql, 'sqlite', [day, ids])).toMatchObject({ sql: marks, values: { length: 4 } });
  });

  it.each<[SqlDialect, string]>([
    [
      'postgres',
      `SELECT ':a', ":b", E'\\':c', $$ :d $$, $x$ $$ :e $x$, f::text, g[1:h], x @> '{"i":1}', j ->> 'k' -- :l`,
    ],
    ['postgres', `SELECT 1 /* :a /* :b */ :c */, U&"d:e", x ? 'f', '12:30:00'::time`],
    ['mysql', `SELECT ':a', ":b \\" :c", \`d:e\`, 'it''s :f' -- :g\n, @h, @@i, '\\':j' # :k`],
    ['mysql', 'SELECT 1 /* :a */, 5--1'],
    ['sqlite', `SELECT ':a', ":b", \`c:d\`, [e :f], x'00' /* :g */ -- :h`],
  ])('leave strings, names, comments, casts and slices of %s alone: %s', (dialect, sql) => {
    expect(placeholdersOf({ sql, dialect })).toEqual([]);
    expect(bind(sql, dialect, []).sql).toBe(sql);
  });

  it('are found next to casts, in slices and without blanks', () => {
    const sql = 'SELECT :a::date, x[:b], y>=:c, (:d), -:e';
    expect(placeholdersOf({ sql, dialect: 'postgres' })).toEqual(['a', 'b', 'c', 'd', 'e']);
  });

  it('name what is unknown, unused and of the database’s own kind', () => {
    expect(() => bind('SELECT :day, :dya', 'mysql', [day, ids])).toThrow(
      'the query uses :dya (line 1, column 14), and no parameter has this name; the parameter "ids" is not used',
    );
    expect(() => bind('SELECT\n ?', 'mysql', [])).toThrow('placeholder ? (line 2, column 2)');
    expect(() => bind('SELECT $1', 'postgres', [])).toThrow('write values as :name');
    expect(() => bind('SELECT @x', 'sqlite', [])).toThrow('write values as :name');
  });

  it.each<[SqlDialect, string]>([
    ['postgres', "SELECT\n 'abc"],
    ['postgres', 'SELECT\n /* /* */'],
    ['mysql', 'SELECT\n `abc'],
    ['sqlite', 'SELECT\n "abc'],
  ])('tell a quote without end in %s', (dialect, sql) => {
    expect(() => placeholdersOf({ sql, dialect })).toThrow('line 2, column 2');
  });

  it('keep places of the text as it was written', () => {
    const bound = bind('SELECT :ids,\n  :day, wrong', 'postgres', [day, ids]);
    expect(bound.placeAt(bound.sql.indexOf('wrong'))).toEqual({ line: 2, column: 9 });
  });
});

describe('REPORT_CONNECTIONS', () => {
  it('are read from one line or several, with their options', () => {
    const text = `shop=mysql://u:p%40ss@db/shop?ssl=true&functions=a,Shop.B
      dwh=postgresql://u:p@[::1]:5433/dwh?timezone=Europe/Berlin app=sqlite:///var/my%20app.db`;
    const { connections, problems } = parseConnections(text);
    expect(problems).toEqual([]);
    expect(connections).toMatchObject([
      { name: 'shop', dialect: 'mysql', tls: 'verified', timezone: 'UTC', functions: ['a', 'shop.b'] },
      { name: 'dwh', dialect: 'postgres', tls: 'off', timezone: 'Europe/Berlin' },
      { name: 'app', dialect: 'sqlite' },
    ]);
    const settings = loadSettings({ env: { REPORT_CONNECTIONS: text }, directory: scratchFolder() });
    expect(settings.reportConnections).toEqual(connections);
  });

  it('names each wrong connection and never its URL', () => {
    const wrong = [
      'a=mysql://u:hunter2@db',
      'b=oracle://u:hunter2@db/x',
      'c=postgres://u:hunt#er2@db/x',
      'd=sqlite://relative/hunter2.db',
      'e=postgres://u:hunter2@db/x?sslmode=require',
      'f=postgres://u:hunter2@db/x?ca=/x',
      'g=postgres://u:hunter2@db/x?timezone=Mars',
      'h=mysql://u:hunter2%zz@db/x',
      'i=mysql://u:p@db/x',
      'i=mysql://u:p@db/x',
      'hunter2',
    ];
    let message = '';
    try {
      loadSettings({ env: { REPORT_CONNECTIONS: wrong.join(' ') }, directory: scratchFolder() });
    } catch (error) {
      message = messageOf(error);
    }
    for (const name of ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i']) expect(message).toContain(`"${name}" `);
    expect(message).toContain('entry 11 ');
    expect(message).not.toMatch(/hunter2|hunt#er2|:\/\/u/);
  });
});
