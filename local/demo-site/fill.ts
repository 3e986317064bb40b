import { type Connection, createConnection, type RowDataPacket } from 'mysql2/promise';
import { SluiceError } from '../../domain/errors.ts';
import { createSiteSchema, siteBuilder } from './builders.ts';
import { CERTIFICATE_TESTS, LANGUAGES, TESTS } from './catalogue.ts';
import { edgeCaseSite } from './edge-cases.ts';
import { residentRows } from './residents.ts';
import type { SiteRows } from './rows.ts';

export interface DemoSiteSize {
  /** Different addresses among the sittings, the edge cases included. */
  readonly people: number;
  readonly sittings: number;
  readonly payments: number;
}

/**
 * Makes the database a demo website: the tables of a MODX test site, 25 tests, some thousand invented people with their
 * sittings of the last 75 days and their certificate orders, and every edge case of `edgeCaseSite`. All or nothing; a site
 * that is filled already stays as it is and its size is returned with `filled: false`.
 *
 * @param adminUrl mysql://user:password@host:port/database, with the right to create tables.
 * @param people How many; 3000 unless told, never fewer than the edge cases need.
 * @param now UTC, the end of the sittings; cut to the whole second. Some payments lie in the days after it.
 * @param onProgress Rows in and rows altogether.
 * @throws SluiceError `site_not_demo` if the database holds a site that this function did not make.
 */
export async function fillDemoSite({
  adminUrl,
  people = 3000,
  now,
  onProgress,
}: {
  adminUrl: string;
  people?: number;
  now: Date;
  onProgress?: (done: number, total: number) => void;
}): Promise<DemoSiteSize & { filled: boolean }> {
  const connection = await createConnection({ uri: adminUrl });
  try {
    // Two starts at once: the second waits and finds the site filled. The lock ends with the connection.
    await connection.query("SELECT GET_LOCK(CONCAT('demo_site:', MD5(DATABASE())), 60)");
    const { tables } = await createSiteSchema(connection);
    await connection.query(
      `CREATE TABLE IF NOT EXISTS demo_site_fill
         (people INT NOT NULL, sittings INT NOT NULL, payments INT NOT NULL, filled_at DATETIME NOT NULL) ENGINE=InnoDB`,
    );
    const earlier = await readMarker(connection);
    if (earlier !== undefined) return { ...earlier, filled: false };
    await refuseStrangers(connection, tables.sittings);

    const rows = demoSiteRows({ people, now });
    const total = Object.values(rows).reduce((sum, { length }) => sum + length, 0);
    let done = 0;
    const onRows = (count: number) => onProgress?.((done += count), total);
    const size = {
      people: addressesOf(rows).size,
      sittings: rows.sittings.length,
      payments: rows.payments.length,
    };
    await connection.beginTransaction();
    await siteBuilder(connection, { onRows }).insert(rows);
    await connection.query('INSERT INTO demo_site_fill VALUES (?, ?, ?, UTC_TIMESTAMP())', [
      size.people,
      size.sittings,
      size.payments,
    ]);
    await connection.commit();
    return { ...size, filled: true };
  } finally {
    await connection.end();
  }
}

function demoSiteRows({ people, now }: { people: number; now: Date }): SiteRows {
  const second = new Date(Math.floor(now.getTime() / 1000) * 1000);
  const edge = edgeCaseSite(second);
  const taken = addressesOf(edge);
  const residents = residentRows({ people: Math.max(0, people - taken.size), now: second, taken });
  return {
    languages: LANGUAGES,
    tests: [...edge.tests, ...TESTS],
    sittings: [...edge.sittings, ...residents.sittings],
    certificateTests: CERTIFICATE_TESTS,
    certificateUsers: [...edge.certificateUsers, ...residents.certificateUsers],
    certificateResults: [...edge.certificateResults, ...residents.certificateResults],
    payments: [...edge.payments, ...residents.payments],
  };
}

/** Addresses that could be somebody's, spelt one way. */
function addressesOf({ sittings }: Pick<SiteRows, 'sittings'>): ReadonlySet<string> {
  const typed = sittings.map(({ Email }) => (Email ?? '').trim().toLowerCase());
  return new Set(typed.filter((address) => /^[^@\s]+@[^@\s,]+$/.test(address)));
}

async function readMarker(connection: Connection): Promise<DemoSiteSize | undefined> {
  const [rows] = await connection.query<(RowDataPacket & DemoSiteSize)[]>(
    'SELECT people, sittings, payments FROM demo_site_fill LIMIT 1',
  );
  const [marker] = rows;
  return marker && { people: marker.people, sittings: marker.sittings, payments: marker.payments };
}

async function refuseStrangers(connection: Connection, table: string): Promise<void> {
  const [rows] = await connection.query<RowDataPacket[]>(`SELECT 1 FROM \`${table}\` LIMIT 1`);
  if (rows.length > 0) {
    throw new SluiceError("the database for the demo site holds sittings that are not the demo's", {
      code: 'site_not_demo',
      hint: 'Name an empty database for the demo site; a real site is never filled.',
    });
  }
}
