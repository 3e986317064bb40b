import { type Agent, request } from 'node:http';
import { signWebhook } from '../events/standard-webhooks.ts';
import { wrong } from './measured-stack.ts';
import { percentile } from './scheduled-starts.ts';

/** With which the events are signed. */
export const SECRET = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;
const SECOND = 1000;

/** What the answers took, ms. */
export interface Part {
  readonly perSecond: number;
  readonly p50: number;
  readonly p99: number;
}

export interface Destination {
  readonly url: string;
  readonly agent: Agent;
  readonly type: string;
}

/** Each sender sends its next event when the one before is answered. */
export async function asFastAsItGoes(
  to: Destination,
  { seconds, senders }: { readonly seconds: number; readonly senders: number },
): Promise<Part> {
  const times: number[] = [];
  const end = performance.now() + seconds * SECOND;
  const began = performance.now();
  await Promise.all(
    Array.from({ length: senders }, async () => {
      while (performance.now() < end) {
        const sent = performance.now();
        await send(to);
        times.push(performance.now() - sent);
      }
    }),
  );
  return part(times, performance.now() - began);
}

/** Sent when due, whether or not answers come; times count from then, so waiting counts, too. */
export async function atSteadyRate(
  to: Destination,
  { seconds, rate }: { readonly seconds: number; readonly rate: number },
): Promise<Part> {
  const times: number[] = [];
  const open: Promise<void>[] = [];
  const began = performance.now();
  const total = seconds * rate;
  for (let next = 0; next < total; ) {
    const due = (performance.now() - began) / (SECOND / rate);
    for (; next < Math.min(due, total); next += 1) {
      const dueAt = began + next * (SECOND / rate);
      open.push(send(to).then(() => void times.push(performance.now() - dueAt)));
    }
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  await Promise.all(open);
  return part(times, performance.now() - began);
}

function part(times: readonly number[], elapsedMs: number): Part {
  return {
    perSecond: times.length / (elapsedMs / SECOND),
    p50: percentile(times, 0.5),
    p99: percentile(times, 0.99),
  };
}

let people = 0;
const RUN = process.pid;

function send({ url, agent, type }: Destination): Promise<void> {
  people += 1;
  const body = JSON.stringify({
    type,
    timestamp: new Date().toISOString(),
    resource: `lead.${RUN}-${people}`,
    data: { email: `lead-${RUN}-${people}@example.com`, first_name: 'Lea', business_name: 'Salon & Spa' },
  });
  const id = `bench-${RUN}-${people}`;
  return new Promise((resolve, reject) => {
    const sent = request(
      `${url}/v1/events`,
      {
        method: 'POST',
        agent,
        headers: {
          'content-type': 'application/json',
          'content-length': Buffer.byteLength(body),
          ...signWebhook({ id, at: new Date(), body, secret: SECRET }),
        },
      },
      (response) => {
        response.resume();
        response.once('end', () => {
          if (response.statusCode === 202) resolve();
          else reject(wrong(`the gateway answered ${response.statusCode}`));
        });
      },
    );
    sent.once('error', reject);
    sent.end(body);
  });
}
