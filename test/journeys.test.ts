import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { TestWorkflowEnvironment } from '@temporalio/testing';
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { countArms } from '../db/journey-report.ts';
import { defineJourney, notify, send, startJourney, wait, waitFor } from '../domain/journeys/build.ts';
import { findJourney } from '../domain/journeys/catalogue.ts';
import type { JourneyDefinition } from '../domain/journeys/definition.ts';
import { installRuntime } from '../workers/runtime.ts';
import {
  type JourneyResult,
  pauseSignal,
  rescheduleUpdate,
  resumeSignal,
  retryStepUpdate,
  skipStepUpdate,
  stateQuery,
  stopSignal,
} from '../workflows/journey.ts';
import { until } from './support/installation.ts';
import { type JourneyStage, setSkippingStage } from './support/journeys/stage.ts';
import { welcome } from './support/journeys/welcome.ts';
import { timeSkippingServerPath } from './support/servers.ts';

const invitation = findJourney('new-lead-handler');
const nurture = findJourney('nurture-on-assessment');
const MINUTE = 1 / 60;
const plain = { version: 1, reEntry: 'afterExit' } as const;

let env: TestWorkflowEnvironment;
let stage: JourneyStage;
beforeAll(async () => {
  installRuntime('error');
  const path = await timeSkippingServerPath();
  env = await TestWorkflowEnvironment.createTimeSkipping({
    server: { executable: { type: 'existing-path', path } },
  });
  stage = await setSkippingStage(env);
  await stage.startWorkers();
});
beforeEach(() => {
  stage.onSend = async () => undefined;
  for (const channel of Object.keys(stage.channels)) delete stage.channels[channel];
});
afterAll(async () => {
  await stage.end();
  await env.teardown();
});

/** The mails of a person, each accepted within a minute after it was due. */
async function expectMails(
  { contactId, since }: { readonly contactId: number; readonly since: number },
  expected: readonly (readonly [template: string, hours: number])[],
): Promise<void> {
  const mails = await stage.mails(contactId, since);
  expect(mails.map(([template]) => template)).toEqual(expected.map(([template]) => template));
  for (const [index, [template, hours]] of expected.entries()) {
    const late = (mails[index]?.[1] ?? Number.NaN) - hours;
    expect(late, `hours late: ${template}`).toBeGreaterThanOrEqual(-0.001);
    expect(late, `hours late: ${template}`).toBeLessThan(MINUTE);
  }
}

/** An endpoint of a sales channel: takes what comes, or answers what the test wants. */
async function openChannel(answers: number[] = []) {
  const told: { readonly text: string; readonly at: number }[] = [];
  const calls: number[] = [];
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (part: Buffer) => {
      body += part.toString();
    });
    request.on('end', () => {
      const status = answers.shift() ?? 200;
      calls.push(status);
      if (status === 200) told.push({ text: (JSON.parse(body) as { text: string }).text, at: Date.now() });
      response.writeHead(status).end();
    });
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  onTestFinished(() => void server.close());
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`, told, calls };
}

describe('the invitation', () => {
  it('goes out at once when a lead opts in, and once in a lifetime', async () => {
    const contactId = await stage.person();
    const eventId = await stage.event(contactId, 'lead.opted_in');
    const first = await stage.enter(invitation, contactId, { eventId });
    expect(await first.handle.result()).toEqual({
      state: 'completed',
      reason: 'completed',
      sent: 1,
      uncertain: 0,
    });
    await expectMails({ contactId, since: first.at }, [['nurture-invitation', 0]]);
    expect(await stage.enter(invitation, contactId, { eventId })).toMatchObject({
      isNew: false,
      runId: first.runId,
    });
    const again = await stage.enter(invitation, contactId);
    expect(again).toMatchObject({ isNew: false, reason: 're_entry_never', runId: first.runId });
    expect(await stage.mails(contactId, first.at)).toHaveLength(1);
  });

  it('counts its goal also after it is over', async () => {
    const contactId = await stage.person();
    const { handle, runId } = await stage.enter(invitation, contactId);
    await handle.result();
    await env.sleep('3 days');
    await stage.event(contactId, 'lead.assessment_complete', { red: 0, orange: 0 });
    expect((await stage.run(runId)).goalAt).not.toBeNull();
  });
});

describe('the nurture', () => {
  it.each([
    ['critical', { red: 2, orange: 1 }],
    ['urgent', { red: 0, orange: 2 }],
    ['optimize', { red: 0, orange: 1 }],
  ])('sends %s its four mails to the minute', async (segment, fields) => {
    const contactId = await stage.person({ fields });
    const { handle, at, runId } = await stage.enter(nurture, contactId);
    expect(await handle.result()).toMatchObject({ state: 'completed', sent: 4 });
    await expectMails({ contactId, since: at }, [
      [`nurture-2-${segment}`, 24],
      ['nurture-3', 72],
      ['nurture-4', 120],
      [`nurture-5-${segment}`, 168],
    ]);
    expect(await stage.run(runId)).toMatchObject({ state: 'completed', reason: 'completed', mailsSent: 4 });
  });

  it('keeps its times when Brevo was away for six hours', async () => {
    let isAway = false;
    stage.onSend = async () => {
      if (isAway) throw new Error('away');
      return undefined;
    };
    const contactId = await stage.person();
    const { handle, at } = await stage.enter(nurture, contactId);
    await env.sleep('23 hours');
    isAway = true;
    await env.sleep('7 hours');
    isAway = false;
    await handle.result();
    const mails = await stage.mails(contactId, at);
    expect(mails[0]?.[1]).toBeGreaterThan(29);
    expect(mails.slice(1).map(([, hours]) => Math.round(hours * 60) / 60)).toEqual([72, 120, 168]);
  });

  it('takes the segment of a second assessment before mail 2, and keeps it after', async () => {
    const contactId = await stage.person({ fields: { red: 0, orange: 0 } });
    const { handle, at } = await stage.enter(nurture, contactId);
    await env.sleep('20 hours');
    await stage.event(contactId, 'lead.assessment_complete', { red: 1, orange: 0 });
    await env.sleep('10 hours');
    await stage.event(contactId, 'lead.assessment_complete', { red: 4, orange: 0 });
    expect(await handle.result()).toMatchObject({ state: 'completed' });
    await expectMails({ contactId, since: at }, [
      ['nurture-2-urgent', 24],
      ['nurture-3', 72],
      ['nurture-4', 120],
      ['nurture-5-urgent', 168],
    ]);
  });

  it('alerts the sales channel at once, once for each critical assessment', async () => {
    const channel = await openChannel();
    stage.channels.sales = channel.url;
    const contactId = await stage.person({ fields: { red: 3, orange: 1 } });
    const { handle } = await stage.enter(nurture, contactId);
    const started = Date.now();
    await until('the channel was told', async () => channel.told.length === 1);
    expect((channel.told[0]?.at ?? 0) - started).toBeLessThan(5000);
    expect(channel.told[0]?.text).toContain('Segment: critical');
    await stage.event(contactId, 'lead.assessment_complete', { red: 0, orange: 0 });
    await stage.event(contactId, 'lead.assessment_complete', { red: 2, orange: 0 });
    await until('the channel was told again', async () => channel.told.length === 2);
    await handle.signal(stopSignal, { reason: 'operator' });
    await handle.result();
    expect(channel.calls).toEqual([200, 200]);
  });

  it.each([...nurture.exitOn])('ends at once when %s comes, and sends nothing more', async (type) => {
    const contactId = await stage.person();
    const { handle, at, runId } = await stage.enter(nurture, contactId);
    await env.sleep('30 hours');
    await stage.event(contactId, type);
    expect(await handle.result()).toMatchObject({ state: 'exited', reason: type, sent: 1 });
    const ended = await stage.run(runId);
    expect(ended).toMatchObject({ state: 'exited', reason: type, dueAt: null });
    expect(ended.endedAt?.getTime()).toBeLessThan(at + 30.1 * 3_600_000);
    expect(await stage.mails(contactId, at)).toHaveLength(1);
  });

  it('hears of an exit that came before its workflow was there', async () => {
    const contactId = await stage.person();
    const eventId = await stage.event(contactId, 'lead.assessment_complete', { red: 0, orange: 0 });
    await stage.event(contactId, 'lead.booked');
    const { handle } = await stage.enter(nurture, contactId, { eventId });
    expect(await handle.result()).toMatchObject({ state: 'exited', reason: 'lead.booked', sent: 0 });
  });
});

describe('a mail', () => {
  const one = defineJourney({
    id: 'one',
    ...plain,
    steps: [send('first'), wait('24h'), send('second')],
    exitOn: ['lead.booked'],
  });

  it('that may not go out yet is asked for again then, and moves nothing else', async () => {
    const contactId = await stage.person();
    let opens = 0;
    stage.onSend = async ({ template }) => {
      const now = await env.currentTimeMs();
      if (template !== 'first' || now >= opens) return undefined;
      return { status: 'later', at: new Date(opens).toISOString(), reason: 'outside_window' };
    };
    opens = (await env.currentTimeMs()) + 9 * 3_600_000;
    const { handle, at, runId } = await stage.enter(one, contactId);
    await until('it waits', async () => (await stage.run(runId)).reason === 'outside_window');
    expect(await handle.result()).toMatchObject({ state: 'completed' });
    await expectMails({ contactId, since: at }, [
      ['first', 9],
      ['second', 24],
    ]);
  });

  it('keeps twelve hours to the one before, when that was late', async () => {
    const contactId = await stage.person();
    let isAway = true;
    stage.onSend = async () => {
      if (isAway) throw new Error('away');
      return undefined;
    };
    const { handle, at } = await stage.enter(one, contactId);
    await env.sleep('40 hours');
    isAway = false;
    await handle.result();
    const [first, second] = (await stage.mails(contactId, at)).map(([, hours]) => hours);
    expect(first).toBeGreaterThan(39.9);
    expect((second ?? 0) - (first ?? 0)).toBeCloseTo(12, 1);
  });

  it('that cannot be made parks its step, tells the operators, and goes out at a second try', async () => {
    const channel = await openChannel();
    stage.channels.operators = channel.url;
    const contactId = await stage.person();
    let isBroken = true;
    stage.onSend = async () =>
      isBroken ? { status: 'rejected', messageId: 1, reason: 'template_variable_missing' } : undefined;
    const { handle, runId } = await stage.enter(one, contactId);
    await until('the operators were told', async () => channel.told.length === 1);
    expect(channel.told[0]?.text).toContain('step first is parked (template_variable_missing); it waits');
    await until('it is parked', async () => (await stage.run(runId)).reason === 'template_variable_missing');
    expect(await handle.query(stateQuery)).toMatchObject({ step: 'first', waitingFor: 'parked' });
    isBroken = false;
    await handle.executeUpdate(retryStepUpdate, { args: [{ step: 'first' }] });
    expect(await handle.result()).toMatchObject({ state: 'completed', sent: 2 });
    expect(channel.told).toHaveLength(1);
  });

  it('of which nobody can tell is shown, and the journey goes on', async () => {
    const contactId = await stage.person();
    stage.onSend = async ({ template }) =>
      template === 'first' ? { status: 'uncertain', messageId: 1 } : undefined;
    const { handle } = await stage.enter(one, contactId);
    expect(await handle.result()).toMatchObject({ state: 'completed', sent: 1, uncertain: 1 });
  });

  it('that waits for Brevo is called off when the run ends, one under way finishes', async () => {
    const contactId = await stage.person();
    let tries = 0;
    stage.onSend = async () => {
      tries += 1;
      throw new Error('away');
    };
    const waiting = await stage.enter(one, contactId);
    await until('it was tried', async () => tries > 0);
    await stage.event(contactId, 'lead.booked');
    expect(await waiting.handle.result()).toMatchObject({ state: 'exited', sent: 0 });

    const other = await stage.person();
    const gate = Promise.withResolvers<undefined>();
    let isUnderWay = false;
    stage.onSend = () => {
      isUnderWay = true;
      return gate.promise;
    };
    const busy = await stage.enter(one, other);
    await until('it is under way', async () => isUnderWay);
    await stage.event(other, 'lead.booked');
    gate.resolve(undefined);
    expect(await busy.handle.result()).toMatchObject({ state: 'exited', sent: 1 });
    await expectMails({ contactId: other, since: busy.at }, [['first', 0]]);
  });
});

/** Why an update is refused. */
async function refusal(update: Promise<void>): Promise<string> {
  const error: unknown = await update.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  return String((error as Error).cause);
}

describe('an operator', () => {
  const two = defineJourney({
    id: 'two',
    ...plain,
    steps: [wait('24h'), send('a'), wait('48h'), send('b'), wait({ sinceStart: '96h' }), send('c')],
  });

  async function entered() {
    const contactId = await stage.person();
    const run = await stage.enter(two, contactId);
    await until('it waits', async () => (await stage.run(run.runId)).step === 'wait-24h');
    return { contactId, ...run };
  }

  it('pauses a run; all that is still to come is later by the length of the pause', async () => {
    const { contactId, handle, at } = await entered();
    await env.sleep('30 hours');
    await handle.signal(pauseSignal);
    await env.sleep('100 hours');
    expect(await handle.query(stateQuery)).toMatchObject({ paused: true, sent: 1, step: 'wait-48h' });
    await handle.signal(resumeSignal);
    expect(await handle.result()).toMatchObject({ state: 'completed' });
    await expectMails({ contactId, since: at }, [
      ['a', 24],
      ['b', 172],
      ['c', 196],
    ]);
  });

  it('skips a wait: what comes after it moves along', async () => {
    const { contactId, handle, at } = await entered();
    await handle.executeUpdate(skipStepUpdate, { args: [{ step: 'wait-24h' }] });
    expect(await handle.result()).toMatchObject({ state: 'completed' });
    await expectMails({ contactId, since: at }, [
      ['a', 0],
      ['b', 48],
      ['c', 72],
    ]);
  });

  it('gives a wait a new time: what comes after it moves along', async () => {
    const { contactId, handle, at } = await entered();
    const later = new Date(at + 36 * 3_600_000).toISOString();
    await handle.executeUpdate(rescheduleUpdate, { args: [{ step: 'wait-24h', at: later }] });
    expect(await handle.result()).toMatchObject({ state: 'completed' });
    await expectMails({ contactId, since: at }, [
      ['a', 36],
      ['b', 84],
      ['c', 108],
    ]);
  });

  it('is told why something cannot be done', async () => {
    const { handle } = await entered();
    const skip = (step: string) => handle.executeUpdate(skipStepUpdate, { args: [{ step }] });
    expect(await refusal(skip('wait-48h'))).toContain('it waits at wait-24h, not at wait-48h');
    expect(
      await refusal(handle.executeUpdate(rescheduleUpdate, { args: [{ step: 'wait-24h', at: 'noon' }] })),
    ).toContain('ISO 8601');
    expect(await refusal(handle.executeUpdate(retryStepUpdate, { args: [{ step: 'wait-24h' }] }))).toContain(
      'not parked',
    );
    await handle.signal(pauseSignal);
    expect(await refusal(skip('wait-24h'))).toContain('paused');
    await handle.signal(stopSignal, { reason: 'operator' });
    expect(await handle.result()).toMatchObject({ state: 'stopped', reason: 'operator' });
  });

  it('who changes a definition changes no run under way', async () => {
    const { contactId, handle, at } = await entered();
    const changed: JourneyDefinition = defineJourney({ ...plain, id: 'two', version: 2, steps: [send('z')] });
    const other = await stage.person();
    const late = await stage.enter(changed, other);
    expect(await late.handle.result()).toMatchObject({ sent: 1 });
    await handle.result();
    expect((await stage.mails(contactId, at)).map(([template]) => template)).toEqual(['a', 'b', 'c']);
    expect((await stage.mails(other, at)).map(([template]) => template)).toEqual(['z']);
  });
});

describe('a wait', () => {
  it('for the person’s nine o’clock stays at nine over a year with both changes of clocks', async () => {
    const weekly = defineJourney({
      id: 'weekly',
      ...plain,
      steps: Array.from({ length: 53 }, (_, week) => [
        wait({ localTime: '09:00', weekdays: [1] }),
        send(`week-${week}`),
        wait('24h'),
      ]).flat(),
    });
    const contactId = await stage.person({ timezone: 'Europe/Berlin' });
    const { handle } = await stage.enter(weekly, contactId);
    await handle.result();
    const mails = await stage.mails(contactId, 0);
    const local = new Intl.DateTimeFormat('en-GB', {
      timeZone: 'Europe/Berlin',
      weekday: 'short',
      hour: '2-digit',
      minute: '2-digit',
    });
    expect(mails).toHaveLength(53);
    expect(new Set(mails.map(([, hours]) => local.format(hours * 3_600_000)))).toEqual(
      new Set(['Mon 09:00']),
    );
    expect(new Set(mails.map(([, hours]) => new Date(hours * 3_600_000).getUTCHours()))).toEqual(
      new Set([7, 8]),
    );
  });

  it('of hours is as long as it says when the clocks change', async () => {
    const weeks = defineJourney({
      id: 'weeks',
      ...plain,
      steps: Array.from({ length: 26 }, (_, index) => [wait('14d'), send(`mail-${index}`)]).flat(),
    });
    const contactId = await stage.person({ timezone: 'America/New_York' });
    const { handle, at } = await stage.enter(weeks, contactId);
    expect(await handle.result()).toMatchObject({ sent: 26 });
    const expected = Array.from({ length: 26 }, (_, index) => [`mail-${index}`, (index + 1) * 336] as const);
    await expectMails({ contactId, since: at }, expected);
  });

  it('for an event goes on with it, or without it when its time is over', async () => {
    const asking = defineJourney({
      id: 'asking',
      ...plain,
      steps: [
        send('ask'),
        waitFor(['mail.clicked', 'lead.booked'], {
          timeout: '48h',
          // oxlint-disable-next-line unicorn/no-thenable -- steps, never awaited
          then: [wait('1h'), send('thanks')],
          otherwise: [send('again')],
        }),
        wait('24h'),
        send('last'),
      ],
    });
    const [patient, quick] = [await stage.person(), await stage.person()];
    const silent = await stage.enter(asking, patient);
    const answering = await stage.enter(asking, quick);
    await env.sleep('10 hours');
    await stage.event(quick, 'mail.clicked');
    await silent.handle.result();
    expect(await answering.handle.result()).toMatchObject({ state: 'completed', sent: 3 });
    await expectMails({ contactId: patient, since: silent.at }, [
      ['ask', 0],
      ['again', 48],
      ['last', 72],
    ]);
    await expectMails({ contactId: quick, since: answering.at }, [
      ['ask', 0],
      ['thanks', 11],
      ['last', 35],
    ]);
  });

  it('is seconds for hours in a run with the test timing', async () => {
    const contactId = await stage.person({ fields: { red: 2, orange: 0 } });
    const { handle, at } = await stage.enter(nurture, contactId, { timing: 'test' });
    await handle.result();
    expect((await stage.mails(contactId, at)).map(([, hours]) => Math.round(hours * 3600))).toEqual([
      24, 72, 120, 168,
    ]);
  });
});

describe('an experiment', () => {
  it('keeps a person’s arm, gives the holdout nothing, and counts goals by arm', async () => {
    const people = await Promise.all(Array.from({ length: 40 }, () => stage.person()));
    const runs = await Promise.all(people.map((contactId) => stage.enter(welcome, contactId)));
    await until('all arms are drawn', async () => {
      const [rows] = await stage.database.pool.query('SELECT COUNT(*) AS n FROM exposures');
      return (rows as { n: number }[])[0]?.n === people.length;
    });
    for (const contactId of people.filter((_, index) => index % 4 === 0))
      await stage.event(contactId, 'lead.booked');
    const results: JourneyResult[] = [];
    for (const { handle } of runs) results.push(await handle.result());
    const counts = await countArms(stage.database.orm, { journey: 'welcome', experiment: 'welcome-mail' });
    const heldOut = results.filter(({ reason }) => reason === 'holdout').length;
    expect(counts.reduce((sum, arm) => sum + arm.people, 0)).toBe(40);
    expect(counts.reduce((sum, arm) => sum + arm.goals, 0)).toBe(10);
    expect(counts.find(({ arm }) => arm === 'holdout')?.people ?? 0).toBe(heldOut);
    expect(counts.find(({ arm }) => arm === 'holdout')?.mails ?? 0).toBe(0);

    await env.sleep('31 days');
    const [first] = people;
    if (first === undefined) throw new Error('there are people');
    const armOf = async () => {
      const [rows] = await stage.database.pool.query('SELECT arm FROM exposures WHERE contact_id = ?', [
        first,
      ]);
      return rows;
    };
    const before = await armOf();
    const again = await stage.enter(welcome, first);
    expect(again.isNew).toBe(true);
    await again.handle.result();
    expect(await armOf()).toEqual(before);
  });
});

describe('entering', () => {
  const often = defineJourney({ id: 'often', version: 1, reEntry: { every: '30d' }, steps: [wait('48h')] });

  it('happens once, however many events want it at the same moment', async () => {
    const contactId = await stage.person();
    const entered = await Promise.all(Array.from({ length: 8 }, () => stage.enter(often, contactId)));
    expect(entered.filter(({ isNew }) => isNew)).toHaveLength(1);
    expect(new Set(entered.map(({ workflowId }) => workflowId)).size).toBe(1);
  });

  it('again is refused while under way and before its time', async () => {
    const contactId = await stage.person();
    const { runId } = await stage.enter(often, contactId);
    expect(await stage.enter(often, contactId)).toMatchObject({ reason: 'under_way' });
    // Not by the result: skipped time would run on until the client has it.
    await env.sleep('49 hours');
    await until('it is over', async () => (await stage.run(runId)).state === 'completed');
    expect(await stage.enter(often, contactId)).toMatchObject({ reason: 're_entry_too_soon' });
    await env.sleep('30 days');
    expect(await stage.enter(often, contactId)).toMatchObject({ isNew: true });
  });

  it('another journey leaves this one as it is', async () => {
    const from = defineJourney({ id: 'from', ...plain, steps: [startJourney('often'), send('here')] });
    stage.journeys.push(often, from);
    const contactId = await stage.person();
    const { handle, runId } = await stage.enter(from, contactId);
    expect(await handle.result()).toMatchObject({ sent: 1 });
    const child = env.client.workflow.getHandle(`journey/often/${contactId}/${runId}-start-often`);
    expect(await child.result()).toMatchObject({ state: 'completed' });
  });
});

it('delays news while their channel is down, holds nobody up by it, and never repeats what was taken', async () => {
  const channel = await openChannel([500, 503, 429, 200]);
  const telling = defineJourney({
    id: 'telling',
    ...plain,
    steps: [notify('sales', 'Look'), send('at-once')],
  });
  stage.channels.sales = channel.url;
  const contactId = await stage.person();
  const { handle, at } = await stage.enter(telling, contactId);
  await handle.result();
  await expectMails({ contactId, since: at }, [['at-once', 0]]);
  expect(channel.calls).toEqual([500, 503, 429, 200]);
  const [rows] = await stage.database.pool.query(
    'SELECT state, attempts FROM notifications WHERE contact_id = ?',
    [contactId],
  );
  expect(rows).toEqual([{ state: 'sent', attempts: 4 }]);
});
