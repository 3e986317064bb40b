import { type BrevoRequest, importRequest, upsertRequest } from '../brevo/requests.ts';
import { openChanges } from '../db/brevo-changes.ts';
import { enteredPeople, unconvertedEntries } from '../db/entries.ts';
import { type ErasedPeople, erasedPeople } from '../db/erased-people.ts';
import type { Database } from '../db/pool.ts';
import type { Payment, PaymentsReader } from '../db/site/payments.ts';
import type { SittingCursor, SittingsReader } from '../db/site/sittings.ts';
import { type BrevoChange, chooseRoutes, type Routable } from '../domain/brevo-changes.ts';
import { FUNNEL_TYPES, type FunnelType } from '../domain/funnels.ts';
import { personKey, type RejectionReason } from '../domain/intake.ts';
import { hoursAround, intakeWindow } from '../domain/intake-window.ts';
import type { SiteClock } from '../domain/site-clock.ts';
import { judge } from './judge-sittings.ts';

/** One thing that a run would do. Holds addresses: for the operator's screen only, never for a history. */
export type PlanStep =
  | {
      readonly action: 'enter';
      readonly email: string;
      readonly funnel: FunnelType;
      readonly listId: number;
      readonly sittingId: number;
      readonly testId: number | null;
      readonly testedAt: string;
      /** Place of the exact request in `requests`. */
      readonly request: number;
    }
  | {
      readonly action: 'mark_buyer';
      readonly email: string;
      readonly funnel: FunnelType;
      readonly paymentId: number;
      readonly purchasedAt: string;
      readonly request: number;
    }
  | {
      readonly action: 'quarantine';
      readonly sittingId: number;
      readonly email: string | null;
      readonly reason: RejectionReason;
    }
  /** Left over from earlier runs. */
  | {
      readonly action: 'send_pending';
      readonly email: string;
      readonly funnel: FunnelType;
      readonly change: 'entry' | 'purchase';
      readonly request: number;
    };

export interface FunnelSyncPlan {
  readonly steps: readonly PlanStep[];
  readonly requests: readonly BrevoRequest[];
}

/** What of a plan may be told to everybody. */
export interface PlanCounts {
  readonly enter: Readonly<Record<FunnelType, number>>;
  readonly markBuyer: Readonly<Record<FunnelType, number>>;
  readonly quarantine: Partial<Readonly<Record<RejectionReason, number>>>;
  readonly sendPending: number;
  readonly requests: number;
}

export interface FunnelSyncPlanDeps {
  readonly database: Database;
  readonly sittings: SittingsReader;
  readonly payments: PaymentsReader;
  readonly clock: SiteClock;
  readonly lookbackDays: number;
  readonly lists: Readonly<Record<FunnelType, number>>;
  readonly callsPerSecond: number;
  readonly importMaxContacts: number;
  /** Keyed hash of a canonical address; undefined where no secret is set. */
  readonly hashAddress: ((email: string) => string) | undefined;
  /** Takes the whole plan; the activity's own result are counts. */
  readonly onPlan: (plan: FunnelSyncPlan) => void;
}

const SITTINGS_PAGE = 10_000;
const PAYMENTS_PAGE = 20_000;

export function createFunnelSyncPlanActivities(deps: FunnelSyncPlanDeps) {
  return {
    /** Reads everything that a run as of `asOf` (ISO 8601, UTC) would read and writes nothing anywhere. */
    async planRun({ asOf }: { readonly asOf: string }): Promise<PlanCounts> {
      const at = new Date(asOf);
      const erased = await erasedPeople(deps.database.orm, deps.hashAddress);
      const payments = await qualifyingPayments(deps, { asOf: at, erased });
      const { enter, quarantine } = await plannedIntake(deps, { asOf: at, payments, erased });
      const buyers = await plannedConversions(deps, { asOf: at, payments });
      const pending = (await openChanges(deps.database.orm))
        .filter(({ funnel, kind }) => kind === 'purchase' || deps.lists[funnel] !== 0)
        .map(
          ({ route, ...change }): Planned => ({
            change,
            route,
            step: { action: 'send_pending', email: change.email, funnel: change.funnel, change: change.kind },
          }),
        );
      const { steps, requests } = withRequests([...pending, ...enter, ...buyers], deps);
      deps.onPlan({ steps: [...steps, ...quarantine], requests });
      return countPlan([...steps, ...quarantine], requests.length);
    },
  };
}

export type FunnelSyncPlanActivities = ReturnType<typeof createFunnelSyncPlanActivities>;

type WithoutRequest<T> = T extends { readonly request: number } ? Omit<T, 'request'> : never;

/** A step that leads to a call, with the change that the call makes. */
interface Planned {
  readonly change: BrevoChange;
  readonly route: Routable['route'];
  readonly step: WithoutRequest<PlanStep>;
}

type Payments = ReadonlyMap<string, readonly Payment[]>;

/** Payments dated at or before `asOf`, by person, earliest first, then by id. Those of erased people lead to no call. */
async function qualifyingPayments(
  deps: FunnelSyncPlanDeps,
  { asOf, erased }: { readonly asOf: Date; readonly erased: ErasedPeople },
): Promise<Payments> {
  const all: Payment[] = [];
  for (let after: number | undefined = 0; after !== undefined; ) {
    const page: Awaited<ReturnType<PaymentsReader['page']>> = await deps.payments.page({
      after,
      limit: PAYMENTS_PAGE,
    });
    all.push(
      ...page.payments.filter(
        ({ purchasedAt, email }) => purchasedAt <= asOf.getTime() && !erased.isErased(email),
      ),
    );
    after = page.through;
  }
  return Map.groupBy(
    all.toSorted((a, b) => a.purchasedAt - b.purchasedAt || a.paymentId - b.paymentId),
    personKey,
  );
}

async function plannedIntake(
  deps: FunnelSyncPlanDeps,
  {
    asOf,
    payments,
    erased,
  }: { readonly asOf: Date; readonly payments: Payments; readonly erased: ErasedPeople },
): Promise<{ readonly enter: readonly Planned[]; readonly quarantine: readonly PlanStep[] }> {
  const db = deps.database.orm;
  const window = intakeWindow({ asOf, lookbackDays: deps.lookbackDays });
  const range = hoursAround(window, deps.clock);
  const classes = await deps.sittings.testClasses();
  const planned = new Set<string>();
  const bought = new Set(payments.keys());
  const enter: Planned[] = [];
  const quarantine: PlanStep[] = [];
  for (let after: SittingCursor | undefined, more = true; more; ) {
    const page = await deps.sittings.page({ range, after, limit: SITTINGS_PAGE, classes });
    const inWindow = page.sittings.filter(({ testedAt }) => testedAt >= window.from && testedAt <= window.to);
    const verdicts = await judge(inWindow, {
      db,
      isOn: (funnel) => deps.lists[funnel] !== 0,
      erased,
      entered: async (emails) => {
        const people = FUNNEL_TYPES.flatMap((funnel) => emails.map((email) => personKey({ email, funnel })));
        return new Set([...(await enteredPeople(db, emails)), ...people.filter((key) => planned.has(key))]);
      },
      customers: async () => bought,
    });
    for (const one of verdicts.enter) {
      planned.add(personKey(one));
      enter.push({
        change: { kind: 'entry', email: one.email, funnel: one.funnel },
        route: 'any',
        step: {
          action: 'enter',
          email: one.email,
          funnel: one.funnel,
          listId: deps.lists[one.funnel],
          sittingId: one.sitting.id,
          testId: one.sitting.testId,
          testedAt: new Date(one.sitting.testedAt).toISOString(),
        },
      });
    }
    for (const { sitting, reason } of verdicts.rejections) {
      const email = reason === 'erased' ? null : sitting.rawEmail;
      quarantine.push({ action: 'quarantine', sittingId: sitting.id, email, reason });
    }
    after = page.next;
    more = after !== undefined;
  }
  return { enter, quarantine };
}

async function plannedConversions(
  deps: FunnelSyncPlanDeps,
  { asOf, payments }: { readonly asOf: Date; readonly payments: Payments },
): Promise<readonly Planned[]> {
  const emails = [...new Set([...payments.values()].flat().map(({ email }) => email))];
  const conversions = (await unconvertedEntries(deps.database.orm, emails)).flatMap((entry) => {
    const enteredAt = entry.enteredAt.getTime();
    const theirs = payments.get(personKey({ email: entry.email, funnel: entry.funnelType })) ?? [];
    const first = theirs.find(({ purchasedAt }) => purchasedAt >= enteredAt && purchasedAt <= asOf.getTime());
    return first === undefined ? [] : [first];
  });
  return conversions
    .toSorted((a, b) => a.purchasedAt - b.purchasedAt || a.paymentId - b.paymentId)
    .map(({ email, funnel, paymentId, purchasedAt: at }) => {
      const purchasedAt = new Date(at).toISOString();
      return {
        change: { kind: 'purchase', email, funnel, purchasedOn: purchasedAt.slice(0, 10) },
        route: 'any',
        step: { action: 'mark_buyer', email, funnel, paymentId, purchasedAt },
      };
    });
}

/** Lays the changes out in rounds, one change a contact in each, as the delivery does. */
function withRequests(
  planned: readonly Planned[],
  deps: FunnelSyncPlanDeps,
): { readonly steps: readonly PlanStep[]; readonly requests: readonly BrevoRequest[] } {
  const requests: BrevoRequest[] = [];
  const requestOf = new Map<Planned, number>();
  const limits = { contactsPerSecond: deps.callsPerSecond, importMaxContacts: deps.importMaxContacts };
  for (let left = planned; left.length > 0; ) {
    const heads = [...new Map(left.toReversed().map((one) => [one.change.email, one])).values()];
    const inOrder = new Set(heads);
    const round = left.filter((one) => inOrder.has(one));
    const routable = round.map((one) => ({ ...one.change, route: one.route, planned: one }));
    const { imports, single } = chooseRoutes(routable, limits);
    for (const { funnel, changes } of imports) {
      for (const one of changes) requestOf.set(one.planned, requests.length);
      requests.push(
        importRequest({ listId: deps.lists[funnel], funnel, emails: changes.map(({ email }) => email) }),
      );
    }
    for (const one of single) {
      requestOf.set(one.planned, requests.length);
      requests.push(upsertRequest(one.planned.change, deps.lists[one.funnel]));
    }
    left = left.filter((one) => !inOrder.has(one));
  }
  const steps = planned.map((one) => ({ ...one.step, request: requestOf.get(one) ?? -1 }));
  return { steps, requests };
}

function countPlan(steps: readonly PlanStep[], requests: number): PlanCounts {
  const perFunnel = (action: 'enter' | 'mark_buyer') => {
    const of = (funnel: FunnelType) =>
      steps.filter((one) => one.action === action && one.funnel === funnel).length;
    return { language: of('language'), non_language: of('non_language') };
  };
  const quarantine: Partial<Record<RejectionReason, number>> = {};
  for (const step of steps) {
    if (step.action === 'quarantine') quarantine[step.reason] = (quarantine[step.reason] ?? 0) + 1;
  }
  return {
    enter: perFunnel('enter'),
    markBuyer: perFunnel('mark_buyer'),
    quarantine,
    sendPending: steps.filter(({ action }) => action === 'send_pending').length,
    requests,
  };
}
