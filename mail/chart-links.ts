import { deflateRawSync, inflateRawSync } from 'node:zlib';
import { SluiceError } from '../domain/errors.ts';
import { checkMailChart, type MailChart, type MailChartSeries } from '../domain/mail-chart.ts';
import { isTagOf, TAG_BYTES, tagOf } from './keys.ts';

const PURPOSE = 'mail-chart-link';
// Layout: version (1 byte), first half of an HMAC-SHA256 of the rest (16), the chart as deflated JSON.
const VERSION = 1;
const HEAD_BYTES = 1 + TAG_BYTES;
/** Mail programs and proxies keep addresses of 2,000 characters whole. */
const MOST_URL = 1_900;
const TOKEN = /^[A-Za-z0-9_-]{24,1900}$/;
/** More than any chart has; what is signed is not larger, so this only bounds a mistake of ours. */
const MOST_JSON_BYTES = 64 * 1024;

/** A chart without the names of its fields. */
type Compact = readonly [
  kind: 0 | 1,
  title: string,
  unit: string,
  labels: readonly string[],
  series: readonly (readonly [name: string, values: readonly (number | null)[]])[],
];

/**
 * The address of a chart's image, for `<img src>` in a mail; the gateway draws it when it is asked for. The same chart has
 * the same address, so that one drawing serves all who get it.
 * @param publicUrl where people reach the gateway, without a slash at the end.
 * @throws SluiceError of sort `item`: `mail_chart_invalid`; `mail_chart_too_large` when the address would be longer than
 *   1,900 characters.
 */
export function chartUrl({
  publicUrl,
  secret,
  chart,
}: {
  readonly publicUrl: string;
  readonly secret: string;
  readonly chart: MailChart;
}): string {
  const packed = deflateRawSync(JSON.stringify(compact(checkMailChart(chart))), { level: 9 });
  const token = Buffer.concat([
    Buffer.of(VERSION),
    tagOf({ secret, purpose: PURPOSE, content: packed }),
    packed,
  ]).toString('base64url');
  const url = `${publicUrl}/c/${token}.png`;
  if (url.length <= MOST_URL) return url;
  throw new SluiceError(
    `the address of the chart would have ${url.length} characters, more than ${MOST_URL}`,
    {
      code: 'mail_chart_too_large',
      sort: 'item',
      hint: 'Give it fewer or shorter labels, fewer series, or round its values.',
    },
  );
}

/**
 * Reads the token of a chart's address.
 * @returns undefined for everything that this installation did not sign; compared in constant time.
 */
export function readChartToken({
  secret,
  token,
}: {
  readonly secret: string;
  readonly token: string;
}): MailChart | undefined {
  if (!TOKEN.test(token)) return undefined;
  const bytes = Buffer.from(token, 'base64url');
  // The last character has spare bits: of all its spellings only the one that we write counts.
  if (bytes.toString('base64url') !== token || bytes.readUInt8(0) !== VERSION) return undefined;
  const packed = bytes.subarray(HEAD_BYTES);
  if (!isTagOf(bytes.subarray(1, HEAD_BYTES), { secret, purpose: PURPOSE, content: packed }))
    return undefined;
  try {
    return unfold(JSON.parse(inflateRawSync(packed, { maxOutputLength: MOST_JSON_BYTES }).toString()));
  } catch {
    return undefined;
  }
}

function compact({ kind, title, unit, labels, series }: MailChart): Compact {
  return [
    kind === 'bars' ? 0 : 1,
    title,
    unit ?? '',
    labels,
    series.map(({ name, values }) => [name, values] as const),
  ];
}

function unfold([kind, title, unit, labels, series]: Compact): MailChart {
  return checkMailChart({
    kind: kind === 0 ? 'bars' : 'lines',
    title,
    ...(unit === '' ? {} : { unit }),
    labels,
    series: series.map(([name, values]): MailChartSeries => ({ name, values })),
  });
}
