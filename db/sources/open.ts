import { SluiceError } from '../../domain/errors.ts';
import type { ReportConnection } from '../../domain/reports/connections.ts';
import { bindPlaceholders } from '../../domain/reports/placeholders.ts';
import type { Row } from '../../domain/reports/table.ts';
import type { Driver, Reading, Work } from './driver.ts';
import { timedOut } from './errors.ts';
import { createMysqlDriver } from './mysql.ts';
import { createPostgresDriver } from './postgres.ts';
import type { Source, SourceQuery, SourceStream, StreamOptions } from './source.ts';
import { createSqliteDriver } from './sqlite.ts';

const DRIVERS = { mysql: createMysqlDriver, postgres: createPostgresDriver, sqlite: createSqliteDriver };

/** For what answers at once: test, tables, check. */
const SHORT_MS = 20_000;
const SAMPLE_MS = 60_000;
const SAMPLE_ROWS = 5;
const BATCH_ROWS = 1000;

/** A report database. Opens nothing yet. */
export function openSource(connection: ReportConnection): Source {
  const driver: Driver = DRIVERS[connection.dialect](connection);
  const bind = ({ sql, parameters }: SourceQuery) =>
    bindPlaceholders({ sql, parameters, dialect: connection.dialect });

  async function stream(query: SourceQuery, options: StreamOptions): Promise<SourceStream> {
    const bound = bind(query);
    const batchRows = options.batchRows ?? BATCH_ROWS;
    const limits = limitsOf({ connection: connection.name, ...options });
    try {
      const reading = await driver.open({ ...limits.work, query: bound, batchRows });
      return readStream({ reading, limits, maxRows: options.maxRows, beyond: options.beyond ?? 'stop' });
    } catch (error) {
      limits.end();
      throw limits.reasonOf(error);
    }
  }

  const short = <T>(signal: AbortSignal | undefined, task: (work: Work) => Promise<T>) =>
    within({
      limits: limitsOf({ connection: connection.name, timeoutMs: SHORT_MS, ...(signal && { signal }) }),
      task,
    });

  return {
    name: connection.name,
    dialect: connection.dialect,
    async test({ signal } = {}) {
      const began = performance.now();
      const answer = await short(signal, driver.test);
      return { ...answer, milliseconds: Math.round(performance.now() - began) };
    },
    tables: ({ signal } = {}) => short(signal, driver.tables),
    async check(query, { signal } = {}) {
      const bound = bind(query);
      return { columns: await short(signal, (work) => driver.describe({ ...work, query: bound })) };
    },
    async sample(query, { rows: wanted = SAMPLE_ROWS, timeoutMs = SAMPLE_MS, signal } = {}) {
      const options = { timeoutMs, maxRows: wanted, batchRows: wanted + 1, ...(signal && { signal }) };
      const { columns, rows } = await stream(query, options);
      const all: Row[] = [];
      for await (const batch of rows) all.push(...batch);
      return { columns, rows: all };
    },
    stream,
  };
}

interface Limits {
  readonly work: Work;
  /** Why the work ended: a cancellation or the time that is over rather than what the driver made of it. */
  reasonOf(error: unknown): unknown;
  /** Aborts what still runs. */
  stop(): void;
  /** Lets go of timer and signal. */
  end(): void;
}

function limitsOf({
  connection,
  timeoutMs,
  signal,
}: {
  readonly connection: string;
  readonly timeoutMs: number;
  readonly signal?: AbortSignal;
}): Limits {
  const control = new AbortController();
  const late = timedOut({ connection, timeoutMs });
  const timer = setTimeout(() => control.abort(late), timeoutMs);
  const cancel = () => control.abort(signal?.reason);
  signal?.addEventListener('abort', cancel, { once: true });
  if (signal?.aborted === true) cancel();
  return {
    work: { timeoutMs, signal: control.signal },
    reasonOf(error) {
      if (!control.signal.aborted) return error;
      const reason: unknown = control.signal.reason;
      return reason instanceof Error
        ? reason
        : new SluiceError('the query was called off', { code: 'called_off' });
    },
    stop: () => control.abort(),
    end() {
      clearTimeout(timer);
      signal?.removeEventListener('abort', cancel);
    },
  };
}

async function within<T>({
  limits,
  task,
}: {
  readonly limits: Limits;
  readonly task: (work: Work) => Promise<T>;
}): Promise<T> {
  try {
    limits.work.signal.throwIfAborted();
    return await task(limits.work);
  } catch (error) {
    throw limits.reasonOf(error);
  } finally {
    limits.end();
  }
}

function readStream({
  reading,
  limits,
  maxRows = Number.POSITIVE_INFINITY,
  beyond,
}: {
  readonly reading: Reading;
  readonly limits: Limits;
  readonly maxRows: number | undefined;
  readonly beyond: 'stop' | 'count';
}): SourceStream {
  let delivered = 0;
  let seen = 0;
  let finished = false;

  async function* rows(): AsyncGenerator<readonly Row[]> {
    try {
      for (let more = true; more; more = seen <= maxRows || beyond === 'count') {
        const batch = await reading.next();
        // Aborted while the consumer had the last batch in hand: what was read ahead counts no more.
        limits.work.signal.throwIfAborted();
        if (batch === undefined) {
          finished = true;
          break;
        }
        const wanted = batch.slice(0, Math.max(0, maxRows - delivered));
        seen += batch.length;
        delivered += wanted.length;
        if (wanted.length > 0) yield wanted;
      }
    } catch (error) {
      throw limits.reasonOf(error);
    } finally {
      limits.end();
      if (!finished) limits.stop();
      await reading.close();
    }
  }

  return {
    columns: reading.columns,
    rows: rows(),
    outcome: () => ({ delivered, total: finished ? seen : undefined }),
  };
}
