import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { get, type IncomingMessage } from 'node:http';
import { describe, expect, it } from 'vitest';
import { deleteArtefacts, writeArtefact } from '../db/artefacts.ts';
import type { MailChart } from '../domain/mail-chart.ts';
import { createTurns } from '../domain/turns.ts';
import { createChartImages } from '../events/chart-images.ts';
import { openapi } from '../events/openapi.ts';
import { chartUrl } from '../mail/chart-links.ts';
import { fileUrl } from '../mail/file-links.ts';
import { mailChartPng } from '../reports/mail-chart.ts';
import { type GatewayHome, gatewayHome, INSTALLATION_SECRET as secret } from './support/gateway.ts';

const HOUR_MS = 3_600_000;
const CHART: MailChart = {
  kind: 'bars',
  title: 'Ответы',
  labels: ['Mon', 'Tue'],
  series: [{ name: 'You', values: [3, null] }],
};
const inAnHour = () => new Date(Date.now() + HOUR_MS);
const sha256 = (content: Uint8Array) => createHash('sha256').update(content).digest('hex');

/** Events start nothing here. */
const openHome = () => gatewayHome({ triggers: [] });
const chartAt = (publicUrl: string, chart: MailChart = CHART) => chartUrl({ publicUrl, secret, chart });

async function store(
  { database }: GatewayHome,
  { bytes = 10, name = 'Отчёт.csv', expiresAt = inAnHour() } = {},
) {
  const content = randomBytes(bytes);
  const mediaType = 'text/csv; charset=utf-8';
  const { id } = await writeArtefact(database, { name, mediaType, expiresAt, content: [content] });
  return { id, content };
}

/** A request on a connection of its own, of whose answer nothing is taken beyond the head. */
async function begin(link: string): Promise<IncomingMessage> {
  const request = get(link, { agent: false });
  request.on('error', () => undefined);
  const [answer] = (await once(request, 'response')) as [IncomingMessage];
  answer.on('error', () => undefined);
  return answer;
}

describe('the image of a chart', () => {
  it('is drawn from its address, kept by every proxy, and the same each time', async () => {
    const { url } = await (await openHome()).open();
    const [first, second] = [await fetch(chartAt(url)), await fetch(chartAt(url))];
    expect(first.status).toBe(200);
    expect(first.headers.get('content-type')).toBe('image/png');
    expect(first.headers.get('cache-control')).toBe('public, max-age=31536000, immutable');
    expect(first.headers.get('x-content-type-options')).toBe('nosniff');
    const image = Buffer.from(await first.arrayBuffer());
    expect(image.equals(await mailChartPng(CHART))).toBe(true);
    expect(image.equals(Buffer.from(await second.arrayBuffer()))).toBe(true);
    const metrics = await (await fetch(`${url}/metrics`)).text();
    expect(metrics).toContain('sluice_charts_total{outcome="drawn"} 1');
    expect(metrics).toContain('sluice_charts_total{outcome="cached"} 1');
  });

  it('answers HEAD without drawing it', async () => {
    const { url } = await (await openHome()).open();
    const head = await fetch(chartAt(url), { method: 'HEAD' });
    expect([head.status, head.headers.get('content-type')]).toEqual([200, 'image/png']);
    expect(await (await fetch(`${url}/metrics`)).text()).not.toContain('outcome="drawn"');
  });

  it('is not there for anything that we did not sign, and nothing is said about why', async () => {
    const { url } = await (await openHome()).open();
    const nothing = await (await fetch(`${url}/nothing`)).text();
    const other = chartUrl({
      publicUrl: url,
      secret: 'another secret of thirty-two characters',
      chart: CHART,
    });
    for (const address of [
      other,
      `${url}/c/x.png`,
      `${url}/c/${'A'.repeat(1_900)}.png`,
      chartAt(url).slice(0, -4),
    ]) {
      const answer = await fetch(address);
      expect(answer.status).toBe(404);
      expect(await answer.text()).toBe(nothing);
    }
  });

  it('of the longest address is drawn, too', async () => {
    const { url } = await (await openHome()).open();
    const values = Array.from({ length: 31 }, (_, index) => Math.sin(index));
    const chart = {
      ...CHART,
      labels: values.map((_, index) => `${index}`),
      series: ['a', 'b', 'c'].map((name) => ({
        name,
        values: values.map((value) => value * name.charCodeAt(0)),
      })),
    };
    expect(chartAt(url, chart).length).toBeGreaterThan(1_000);
    expect((await fetch(chartAt(url, chart))).status).toBe(200);
  });
});

describe('a flood of images', () => {
  it('is drawn once each, however many ask', async () => {
    let drawn = 0;
    const images = createChartImages({
      draw: async () => {
        drawn += 1;
        return Buffer.alloc(10);
      },
      onDone: () => undefined,
    });
    await Promise.all(Array.from({ length: 50 }, () => images.get('one', CHART)));
    await images.get('one', CHART);
    expect(drawn).toBe(1);
  });

  it('is kept up to a bound; what was asked for longest ago goes first', async () => {
    const images = createChartImages({
      draw: async () => Buffer.alloc(10),
      onDone: () => undefined,
      mostBytes: 30,
    });
    for (const token of ['a', 'b', 'c', 'a', 'd']) await images.get(token, CHART);
    expect(['a', 'b', 'c', 'd'].filter((token) => images.cached(token) !== undefined)).toEqual([
      'a',
      'c',
      'd',
    ]);
  });

  it('is asked for again when it could not be drawn', async () => {
    let fails = true;
    const images = createChartImages({
      draw: async () => {
        if (fails) throw new Error('no');
        return Buffer.alloc(1);
      },
      onDone: () => undefined,
    });
    await expect(images.get('one', CHART)).rejects.toThrow('no');
    fails = false;
    expect((await images.get('one', CHART)).length).toBe(1);
  });

  it('waits in a line of bounded length', async () => {
    const gate = Promise.withResolvers<void>();
    const turn = createTurns({ atOnce: 2, waiting: 1 });
    const order: number[] = [];
    const work = (number: number) =>
      turn(async () => {
        await gate.promise;
        order.push(number);
      });
    const taken = [work(1), work(2), work(3)];
    await expect(work(4)).rejects.toMatchObject({ code: 'busy', sort: 'retry' });
    gate.resolve();
    await Promise.all(taken);
    await work(5);
    expect(order).toEqual([1, 2, 3, 5]);
  });

  it('goes on after work that failed', async () => {
    const turn = createTurns({ atOnce: 1, waiting: 5 });
    const failing = turn(() => Promise.reject(new Error('no')));
    const next = turn(async () => 'done');
    await expect(failing).rejects.toThrow('no');
    expect(await next).toBe('done');
  });
});

describe('a link to a file', () => {
  it('downloads it under its name, and nobody keeps it on the way', async () => {
    const home = await openHome();
    const { url } = await home.open();
    const { id, content } = await store(home, { bytes: 3 * 1024 * 1024 + 17 });
    const link = fileUrl({ publicUrl: url, secret, artefactId: id, expiresAt: inAnHour() });
    const answer = await fetch(link);
    expect(answer.status).toBe(200);
    expect(Object.fromEntries(answer.headers)).toMatchObject({
      'content-type': 'text/csv; charset=utf-8',
      'content-length': String(content.length),
      'content-disposition': `attachment; filename="_____.csv"; filename*=UTF-8''%D0%9E%D1%82%D1%87%D1%91%D1%82.csv`,
      'cache-control': 'private, no-store',
      'x-content-type-options': 'nosniff',
    });
    expect(sha256(Buffer.from(await answer.arrayBuffer()))).toBe(sha256(content));
    const head = await fetch(link, { method: 'HEAD' });
    expect([head.status, head.headers.get('content-length')]).toEqual([200, String(content.length)]);
  });

  it('downloads an empty file, too', async () => {
    const home = await openHome();
    const { url } = await home.open();
    const { id } = await store(home, { bytes: 0 });
    const answer = await fetch(fileUrl({ publicUrl: url, secret, artefactId: id, expiresAt: inAnHour() }));
    expect([answer.status, await answer.text()]).toEqual([200, '']);
  });

  it('says so on a page when its time, or that of the file, is over, or the file is deleted', async () => {
    const home = await openHome();
    const { url } = await home.open();
    const [ended, expired, deleted] = [
      await store(home),
      await store(home, { expiresAt: new Date(Date.now() - 1_000) }),
      await store(home),
    ];
    await deleteArtefacts(home.database.orm, [deleted.id]);
    const links = [
      fileUrl({ publicUrl: url, secret, artefactId: ended.id, expiresAt: new Date(Date.now() - 1_000) }),
      fileUrl({ publicUrl: url, secret, artefactId: expired.id, expiresAt: inAnHour() }),
      fileUrl({ publicUrl: url, secret, artefactId: deleted.id, expiresAt: inAnHour() }),
    ];
    for (const link of links) {
      const answer = await fetch(link);
      expect(answer.status).toBe(410);
      expect(answer.headers.get('content-security-policy')).toContain("default-src 'none'");
      expect(await answer.text()).toContain('<h1>This file is no longer there.</h1>');
      expect((await fetch(link, { method: 'HEAD' })).status).toBe(410);
    }
  });

  it('is not found under another signature', async () => {
    const home = await openHome();
    const { url } = await home.open();
    const { id } = await store(home);
    const foreign = 'another secret of thirty-two characters';
    const link = fileUrl({ publicUrl: url, secret: foreign, artefactId: id, expiresAt: inAnHour() });
    for (const address of [link, `${url}/f/x`, `${link}A`]) {
      const answer = await fetch(address);
      expect([answer.status, (await answer.text()).includes('This link is not complete')]).toEqual([
        404,
        true,
      ]);
    }
  });

  it('lets a bounded number download at once; the others hear when to come again', async () => {
    const home = await openHome();
    const gateway = await home.open();
    const { url } = gateway;
    const { id } = await store(home, { bytes: 12 * 1024 * 1024 });
    const link = fileUrl({ publicUrl: url, secret, artefactId: id, expiresAt: inAnHour() });
    const slow = await Promise.all(Array.from({ length: 16 }, () => begin(link)));
    expect(slow.map(({ statusCode }) => statusCode)).toEqual(slow.map(() => 200));
    const refused = await begin(link);
    expect([refused.statusCode, refused.headers['retry-after']]).toEqual([503, '10']);
    refused.resume();
    slow[0]?.destroy();
    await expect.poll(async () => (await begin(link)).statusCode).toBe(200);
    // A gateway that stops does not wait for those that take nothing.
    await gateway.stop();
    expect(slow.filter(({ complete }) => complete)).toEqual([]);
  });

  it('is cut when the file is deleted in the middle, so that half of it never passes for all', async () => {
    const home = await openHome();
    const { url } = await home.open();
    const { id } = await store(home, { bytes: 40 * 1024 * 1024 });
    const answer = await fetch(fileUrl({ publicUrl: url, secret, artefactId: id, expiresAt: inAnHour() }));
    await deleteArtefacts(home.database.orm, [id]);
    await expect(answer.arrayBuffer()).rejects.toThrow('terminated');
  });
});

it('the contract names both addresses', () => {
  expect(Object.keys(openapi.paths)).toEqual(expect.arrayContaining(['/c/{token}.png', '/f/{token}']));
});
