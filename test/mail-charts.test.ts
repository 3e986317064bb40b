import { describe, expect, it } from 'vitest';
import { checkMailChart, type MailChart } from '../domain/mail-chart.ts';
import { chartUrl, readChartToken } from '../mail/chart-links.ts';
import { createChartDrawer } from '../reports/chart-drawer.ts';
import { mailChartPng } from '../reports/mail-chart.ts';

const secret = 'a secret that has more than thirty-two characters';
const publicUrl = 'https://events.example.com';
const WEEK: MailChart = {
  kind: 'bars',
  title: 'Ответы за неделю',
  unit: 'answers',
  labels: ['Mon', 'Tue', 'Wed'],
  series: [{ name: 'You', values: [12, null, 30.5] }],
};

function month(more: Partial<MailChart> = {}): MailChart {
  const days = Array.from({ length: 31 }, (_, index) => index);
  return {
    kind: 'lines',
    title: 'Leads per day',
    unit: 'leads',
    labels: days.map((day) => `2026-01-${String(day + 1).padStart(2, '0')}`),
    series: ['Search', 'Social', 'Mail', 'Direct'].map((name, number) => ({
      name,
      values: days.map((day) => (day * 7919 * (number + 3)) % 100_003),
    })),
    ...more,
  };
}

function tokenOf(chart: MailChart): string {
  return chartUrl({ publicUrl, secret, chart }).slice(`${publicUrl}/c/`.length, -'.png'.length);
}

describe('the address of a chart', () => {
  it.each([WEEK, month(), { ...WEEK, kind: 'lines' as const }])('says all of the chart', (chart) => {
    expect(readChartToken({ secret, token: tokenOf(chart) })).toEqual(chart);
  });

  it('is the same for the same chart, so that one image serves all', () => {
    expect(chartUrl({ publicUrl, secret, chart: WEEK })).toBe(
      chartUrl({ publicUrl, secret, chart: structuredClone(WEEK) }),
    );
  });

  it('has less than 1,900 characters for a month of four series', () => {
    expect(chartUrl({ publicUrl, secret, chart: month() }).length).toBeLessThan(1_900);
  });

  it('is refused, with what to do, when it would be longer', () => {
    const labels = month().labels.map(() => crypto.randomUUID());
    const series = month().series.map(({ name, values }) => ({
      name,
      values: values.map((value) => Math.sin(value ?? 0)),
    }));
    expect(() => tokenOf(month({ labels, series }))).toThrow(
      expect.objectContaining({ code: 'mail_chart_too_large', sort: 'item' }),
    );
  });

  it('is refused with any character changed, cut or added', () => {
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
    const token = tokenOf(WEEK);
    for (let at = 0; at < token.length; at += 1) {
      for (const other of alphabet) {
        if (other === token[at]) continue;
        const changed = token.slice(0, at) + other + token.slice(at + 1);
        expect(readChartToken({ secret, token: changed }), `character ${at} as ${other}`).toBeUndefined();
      }
    }
    for (const changed of ['', token.slice(1), token.slice(0, -1), `${token}A`, `${token}=`, ` ${token}`]) {
      expect(readChartToken({ secret, token: changed })).toBeUndefined();
    }
  });

  it('is refused under another secret', () => {
    expect(readChartToken({ secret: `${secret}!`, token: tokenOf(WEEK) })).toBeUndefined();
  });
});

describe('a chart', () => {
  const series = WEEK.series[0] ?? { name: '', values: [] };
  it.each([
    ['no labels', { labels: [], series: [{ name: 'x', values: [] }] }],
    ['32 labels', { labels: Array.from({ length: 32 }, String) }],
    ['no series', { series: [] }],
    ['five series', { series: Array.from({ length: 5 }, () => series) }],
    ['a value too many', { series: [{ name: 'x', values: [1, 2, 3, 4] }] }],
    ['what is no number', { series: [{ name: 'x', values: [1, 2, Number.NaN] }] }],
    ['what is endless', { series: [{ name: 'x', values: [1, 2, Number.POSITIVE_INFINITY] }] }],
    ['no title', { title: ' ' }],
    ['a title without end', { title: 'x'.repeat(121) }],
    ['a control character', { title: 'a\u0000b' }],
    ['half a character', { labels: ['a', 'b', '\ud83d'] }],
  ])('is refused with %s', (_, change) => {
    expect(() => checkMailChart({ ...WEEK, ...change })).toThrow(
      expect.objectContaining({ code: 'mail_chart_invalid', sort: 'item' }),
    );
  });
});

describe('the image of a chart', () => {
  it('is a PNG of twice 560 × 300', async () => {
    const png = await mailChartPng(WEEK);
    expect(png.subarray(1, 4).toString('latin1')).toBe('PNG');
    expect([png.readUInt32BE(16), png.readUInt32BE(20)]).toEqual([1120, 600]);
  });

  it.each([
    ['nothing but gaps', { series: [{ name: 'x', values: [null, null, null] }] }],
    ['nothing but zeros', { series: [{ name: 'x', values: [0, 0, 0] }] }],
    ['less than nothing', { series: [{ name: 'x', values: [-5, 2, null] }] }],
    ['the largest numbers', { series: [{ name: 'x', values: [Number.MAX_SAFE_INTEGER, 1, 1e-9] }] }],
    ['markup', { title: '<b>&amp;"</b>]]>', labels: ['<', '&', '>'], unit: '<i>' }],
    ['long words', { labels: ['x'.repeat(60), 'ш'.repeat(60), 'two words'] }],
    ['one label', { labels: ['x'], series: [{ name: 'x', values: [1] }] }],
  ])('is drawn of %s', async (_, change) => {
    for (const kind of ['bars', 'lines'] as const) {
      const png = await mailChartPng(checkMailChart({ ...WEEK, ...change, kind }));
      expect(png.length).toBeGreaterThan(3_000);
    }
  });

  it('has the same bytes each time, also from the thread that draws for the gateway', async () => {
    const drawer = createChartDrawer();
    const [here, again] = [await mailChartPng(month()), await mailChartPng(month())];
    const [there, both] = await Promise.all([drawer.draw(month()), drawer.draw(WEEK)]);
    await drawer.close();
    expect(here.equals(again)).toBe(true);
    expect(here.equals(there)).toBe(true);
    expect(both.equals(await mailChartPng(WEEK))).toBe(true);
  });

  it('is drawn by a new thread when the old one has ended', async () => {
    const drawer = createChartDrawer();
    await drawer.draw(WEEK);
    await drawer.close();
    const png = await drawer.draw(WEEK);
    await drawer.close();
    expect(png.equals(await mailChartPng(WEEK))).toBe(true);
  });
});
