import { createHash } from 'node:crypto';
import type { Client } from '@temporalio/client';
import { madeByRun } from '../db/brevo-changes.ts';
import { enteredPeople, enterPeople } from '../db/entries.ts';
import { erasedPeople } from '../db/erased-people.ts';
import { type JudgedHour, judgedDigests, noteJudgedHours } from '../db/judged-hours.ts';
import type { Database, Executor } from '../db/pool.ts';
import {
  customers,
  mirroredPayments,
  mirrorPayments,
  pendingConversions,
  recordConversions,
  withdrawPayments,
} from '../db/purchases.ts';
import { putInQuarantine, quarantinedByRun, releaseFromQuarantine } from '../db/quarantine.ts';
import type { Payment, PaymentsReader } from '../db/site/payments.ts';
import type { SiteHour, SittingCursor, SittingsReader } from '../db/site/sittings.ts';
import { FUNNEL_TYPES, type FunnelType } from '../domain/funnels.ts';
import type { RejectionReason } from '../domain/intake.ts';
import {
  groupHours,
  hoursAround,
  type IntakeRange,
  intakeWindow,
  placeOfHour,
} from '../domain/intake-window.ts';
import type { SiteClock } from '../domain/site-clock.ts';
import type { TestClasses } from '../domain/test-classes.ts';
import { judge, refuseErased } from './judge-sittings.ts';

export interface FunnelSyncDeps {
  readonly database: Database;
  readonly sittings: SittingsReader;
  readonly payments: PaymentsReader;
  readonly clock: SiteClock;
  readonly lookbackDays: number;
  readonly isOn: (funnel: FunnelType) => boolean;
  /** What else decides how a sitting is judged (statuses, zone): a change of it makes every hour be judged anew. */
  readonly judgement: string;
  readonly dryRun: boolean;
  /** Keyed hash of a canonical address; undefined where no secret is set. */
  readonly hashAddress: ((email: string) => string) | undefined;
  /** Starts the delivery to Brevo, or tells the one under way that there is more, and whom to tell when it is done. */
  readonly wakeDelivery: (client: Client, waiter: string) => Promise<void>;
}

/** Rows of the site read at a time: some hundred milliseconds of work, some megabytes. */
const SITTINGS_PAGE = 10_000;
const PAYMENTS_PAGE = 20_000;
const CONVERSIONS_PAGE = 5_000;
/** Of the rules themselves; raised when they change, so that what was judged by the old ones is looked at again. */
const RULES = 1;

/** `asOf` is the run's logical time, ISO 8601 in UTC. */
export interface RunContext {
  readonly asOf: string;
  readonly runId: string;
}

export interface PurchasesPage {
  readonly mirrored: number;
  readonly withdrawn: number;
  readonly next: number | undefined;
}

export interface IntakePlan {
  readonly ranges: readonly IntakeRange[];
  /** Sittings in the window's hours, and those of them that must be read. */
  readonly inWindow: number;
  readonly toRead: number;
}

/** Where a range larger than a page goes on, with the digest taken before its first page. */
export interface IntakeCursor {
  readonly after: SittingCursor;
  readonly hours: readonly SiteHour[];
}

export interface IntakePage {
  readonly judged: number;
  readonly entered: number;
  readonly quarantined: number;
  readonly next: IntakeCursor | undefined;
}

export interface RunCounts {
  readonly entered: Readonly<Record<FunnelType, number>>;
  readonly converted: Readonly<Record<FunnelType, number>>;
  readonly quarantined: Partial<Readonly<Record<RejectionReason, number>>>;
}

export function createFunnelSyncActivities(deps: FunnelSyncDeps, getClient: () => Client) {
  const { database, clock } = deps;
  const erasedNow = (db: Executor) => erasedPeople(db, deps.hashAddress);
  const windowOf = (asOf: Date) => intakeWindow({ asOf, lookbackDays: deps.lookbackDays });

  function digester(classes: TestClasses): (hour: SiteHour) => JudgedHour {
    const judgement = JSON.stringify([RULES, deps.judgement, FUNNEL_TYPES.map(deps.isOn), classes.entries()]);
    return ({ hour, sittings, digest }) => ({
      hour,
      sittings,
      digest: createHash('sha256').update(`${sittings} ${digest} ${judgement}`).digest('base64url'),
    });
  }

  return {
    /** How this worker runs: a dry worker plans and writes nothing. */
    async runMode(): Promise<{ readonly dryRun: boolean }> {
      return { dryRun: deps.dryRun };
    },

    /** Brings one page of the purchase mirror up to date with the site. */
    async mirrorPurchases({
      asOf,
      after,
    }: {
      readonly asOf: string;
      readonly after: number;
    }): Promise<PurchasesPage> {
      const at = new Date(asOf);
      const page = await deps.payments.page({ after, limit: PAYMENTS_PAGE });
      const mirror = new Map(
        (await mirroredPayments(database.orm, { after, through: page.through })).map((row) => [
          row.paymentId,
          row,
        ]),
      );
      const differs = (payment: Payment) => {
        const row = mirror.get(payment.paymentId);
        if (row === undefined) return payment.purchasedAt <= at.getTime();
        return (
          row.withdrawnAt !== null ||
          row.email !== payment.email ||
          row.funnelType !== payment.funnel ||
          row.purchasedAt.getTime() !== payment.purchasedAt
        );
      };
      const erased = await erasedNow(database.orm);
      const changed = page.payments
        .filter(differs)
        .map((payment) => ({ ...payment, email: erased.pseudonym(payment.email) ?? payment.email }))
        .filter(differs);
      const there = new Set(page.payments.map(({ paymentId }) => paymentId));
      const gone = [...mirror.values()].filter(
        (row) => row.withdrawnAt === null && !there.has(row.paymentId),
      );
      await database.orm.transaction(async (tx) => {
        await mirrorPayments(tx, { payments: changed, seenAt: at });
        await withdrawPayments(tx, { ids: gone.map(({ paymentId }) => paymentId), at });
        refuseErased(
          await erasedNow(tx),
          changed.map(({ email }) => email),
        );
      });
      return { mirrored: changed.length, withdrawn: gone.length, next: page.through };
    },

    /** Finds the hours of the site that hold something not judged yet. */
    async planIntake({ asOf }: { readonly asOf: string }): Promise<IntakePlan> {
      const window = windowOf(new Date(asOf));
      const around = hoursAround(window, clock);
      const [classes, hours, judged] = await Promise.all([
        deps.sittings.testClasses(),
        deps.sittings.hours(around),
        judgedDigests(database.orm, around),
      ]);
      const digest = digester(classes);
      const inWindow = hours
        .map((hour) => ({ ...digest(hour), place: placeOfHour(hour.hour, window, clock) }))
        .filter(({ place }) => place !== 'outside')
        .map((hour) => ({ ...hour, dirty: hour.place === 'edge' || judged.get(hour.hour) !== hour.digest }));
      const ranges = groupHours(inWindow, SITTINGS_PAGE).map(({ from, to, sittings }) => ({
        from,
        to,
        sittings,
      }));
      return { ranges, inWindow: sittingsIn(inWindow), toRead: sittingsIn(ranges) };
    },

    /** Judges one page of sittings, oldest first, and writes what follows from it in one transaction. */
    async takeIn({
      asOf,
      runId,
      range,
      cursor,
    }: RunContext & {
      readonly range: IntakeRange;
      readonly cursor: IntakeCursor | undefined;
    }): Promise<IntakePage> {
      const at = new Date(asOf);
      const window = windowOf(at);
      const classes = await deps.sittings.testClasses();
      // The digest is taken before the rows are read: what changes in between differs from it and is read again.
      const hours = cursor?.hours ?? (await deps.sittings.hours(range));
      const page = await deps.sittings.page({ range, after: cursor?.after, limit: SITTINGS_PAGE, classes });
      const inWindow = page.sittings.filter(
        ({ testedAt }) => testedAt >= window.from && testedAt <= window.to,
      );
      const verdicts = await judge(inWindow, {
        db: database.orm,
        isOn: deps.isOn,
        erased: await erasedNow(database.orm),
        entered: (emails) => enteredPeople(database.orm, emails),
        customers: (emails) => customers(database.orm, { emails, asOf: at }),
      });
      const digest = digester(classes);
      const done = hours.filter(({ hour }) => placeOfHour(hour, window, clock) === 'inside').map(digest);

      await database.orm.transaction(async (tx) => {
        await enterPeople(tx, { sittings: verdicts.enter, asOf: at, runId });
        await putInQuarantine(tx, { rejections: verdicts.rejections, asOf: at, runId });
        await releaseFromQuarantine(tx, { sittingIds: verdicts.released, at });
        if (page.next === undefined) await noteJudgedHours(tx, { hours: done, at });
        refuseErased(await erasedNow(tx), [
          ...verdicts.enter.map(({ email }) => email),
          ...verdicts.rejections
            .filter(({ reason }) => reason !== 'erased')
            .map(({ sitting }) => sitting.rawEmail),
        ]);
      });
      return {
        judged: inWindow.length,
        entered: verdicts.enter.length,
        quarantined: verdicts.rejections.length,
        next: page.next === undefined ? undefined : { after: page.next, hours },
      };
    },

    /** Records the conversions of everybody who has bought since entering; a page at a time until none is left. */
    async matchPurchases({
      asOf,
      runId,
    }: RunContext): Promise<{ readonly converted: number; readonly more: boolean }> {
      const conversions = await pendingConversions(database.orm, {
        asOf: new Date(asOf),
        limit: CONVERSIONS_PAGE,
      });
      if (conversions.length === 0) return { converted: 0, more: false };
      await database.orm.transaction((tx) => recordConversions(tx, { conversions, runId }));
      return { converted: conversions.length, more: conversions.length === CONVERSIONS_PAGE };
    },

    /** What the run did, read from what it wrote: right also when an activity of it was repeated after a crash. */
    async countRun({ runId }: { readonly runId: string }): Promise<RunCounts> {
      const [made, held] = await Promise.all([
        madeByRun(database.orm, runId),
        quarantinedByRun(database.orm, runId),
      ]);
      return { entered: made.entry, converted: made.purchase, quarantined: held };
    },

    async wakeDelivery({ waiter }: { readonly waiter: string }): Promise<void> {
      await deps.wakeDelivery(getClient(), waiter);
    },
  };
}

export type FunnelSyncActivities = ReturnType<typeof createFunnelSyncActivities>;

function sittingsIn(rows: readonly { readonly sittings: number }[]): number {
  return rows.reduce((all, row) => all + row.sittings, 0);
}
