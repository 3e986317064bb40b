import { highestContactId } from '../db/campaign-audience.ts';
import {
  notePages,
  openPages,
  type PageTotals,
  pageTotals,
  recountPages,
  withholdRun,
} from '../db/campaign-pages.ts';
import {
  type CampaignRun,
  closeRun,
  definitionOfRun,
  findRunByKey,
  loadCampaignRun,
  noteFrozen,
  noteRunState,
  openRun,
  type Wave,
} from '../db/campaign-runs.ts';
import { type CampaignDefinition, perSecondOf, policyOf } from '../domain/campaigns/definition.ts';
import { sendAt } from '../domain/campaigns/due.ts';
import {
  type CampaignStarter,
  type CampaignState,
  type PassedPage,
  RUN_NAME,
} from '../domain/campaigns/run.ts';
import { SluiceError } from '../domain/errors.ts';
import type { SendPolicy } from '../domain/sending/message.ts';
import { type FreezeDeps, freezePage } from './campaign-freeze.ts';
import { type Survey, surveyCampaign } from './campaign-survey.ts';
import { planWaves } from './campaign-waves.ts';

export interface CampaignDeps extends FreezeDeps {
  /** The catalogue, checked. */
  readonly campaigns: () => Promise<readonly CampaignDefinition[]>;
  /** IANA zone of people who have none of their own. */
  readonly contactTimezone: string;
  readonly mailTaskQueue: string;
  readonly dryRun: boolean;
}

export interface BeginRequest {
  /** Undefined: the one that is `isManual`. */
  readonly campaign: string | undefined;
  readonly name: string;
  readonly startedBy: CampaignStarter;
  readonly workflowId: string;
  /** ISO 8601 UTC. */
  readonly asOf: string;
  /** Instead of the definition's own time (domain/campaigns/due.ts). */
  readonly at: string | undefined;
}

/** What the workflow must know of its run; ids, rules and times. */
export interface BegunRun {
  readonly kind: 'run';
  readonly runId: number;
  readonly campaign: string;
  readonly name: string;
  readonly state: CampaignState;
  readonly reason: string | undefined;
  readonly isFrozen: boolean;
  readonly policy: SendPolicy;
  /** Over the whole run; undefined: as the account allows. */
  readonly perSecond: number | undefined;
  readonly mailTaskQueue: string;
}

export type Begun =
  | BegunRun
  /** Another run has the name, or an event's run of the campaign is under way. */
  | { readonly kind: 'known'; readonly runId: number; readonly workflowId: string }
  | { readonly kind: 'dry'; readonly campaign: string; readonly survey: Survey };

export interface Frozen {
  readonly isDone: boolean;
  readonly totals: Totals;
}

/** PageTotals without times, as results of activities carry them. */
export type Totals = Omit<PageTotals, 'firstDueAt'>;

export interface Handed {
  readonly pages: readonly { readonly page: number; readonly at: string }[];
  /** Where no page was handed out: when the next one is; undefined: none is open but those in hand. */
  readonly nextAt: string | undefined;
  readonly totals: Totals;
}

/** One call freezes for so long; more calls, each of three events, do the rest. */
const FREEZE_MS = 5_000;
/** 40 pages of 500: 20,000 mails, which cost a child some hundred events. */
const PAGES_A_CHILD = 40;
/** Pages that are due so soon are handed out, too; who has them waits. */
const AHEAD_MS = 15 * 60_000;

export function createCampaignActivities(deps: CampaignDeps) {
  const { database, contactTimezone, dryRun, now = () => new Date() } = deps;
  const db = database.orm;

  return {
    /**
     * Finds the run of a name, or writes it down with its definition as it is now. Repeated as often as one likes. In a dry
     * run nothing is written: the audience is counted.
     * @throws SluiceError `campaign_unknown`, `campaign_name_invalid`
     */
    async beginCampaign(request: BeginRequest): Promise<Begun> {
      const catalogue = await deps.campaigns();
      const { campaign, name, startedBy, workflowId, asOf, at } = request;
      if (!RUN_NAME.test(name)) throw wrongName(name);
      const asked = campaign ?? catalogue.find(({ isManual }) => isManual)?.id;
      // A run under way goes on with its own definition, also where the catalogue has it no more.
      const known = asked === undefined ? undefined : await findRunByKey(db, { campaign: asked, name });
      if (known !== undefined && !dryRun) return begunOf(known, request);
      const declared = catalogue.find(({ id }) => id === asked);
      if (declared === undefined) throw unknownCampaign(asked);
      const definition = at === undefined ? declared : sendAt(declared, at);
      const when = new Date(asOf);
      if (dryRun) {
        return {
          kind: 'dry',
          campaign: definition.id,
          survey: await surveyCampaign(db, { definition, asOf: when, deps, now: now() }),
        };
      }
      const upTo = await highestContactId(db);
      const waves = await planWaves(db, { definition, asOf: when, upTo, contactTimezone });
      const run = await openRun(db, {
        definition,
        name,
        startedBy,
        workflowId,
        asOf: when,
        lastContactId: upTo,
        waves,
        now: now(),
      });
      return begunOf(run, request);
    },

    /** Writes the next pages of the audience and their mails down, for some seconds. Goes on behind the last page. */
    async freezeAudience({ runId }: { readonly runId: number }): Promise<Frozen> {
      const run = await runOf(runId);
      const definition = await definitionOfRun(db, run);
      const waves = JSON.parse(run.waves) as readonly Wave[];
      const until = Date.now() + FREEZE_MS;
      let isDone = run.frozenAt !== null;
      while (!isDone && Date.now() < until) isDone = !(await freezePage({ run, definition, waves }, deps));
      if (isDone) await noteFrozen(db, { id: runId, now: now() });
      return { isDone, totals: await totalsOf(runId) };
    },

    /** Notes what looks at pages have shown, and hands out the next ones. */
    async handOutPages({
      runId,
      passed,
      busy,
      takers,
    }: {
      readonly runId: number;
      readonly passed: readonly PassedPage[];
      /** In hand already. */
      readonly busy: readonly number[];
      /** Children that could be given some, among which the open pages are shared out; 0: it is only noted. */
      readonly takers: number;
    }): Promise<Handed> {
      await notePages(db, { runId, passed });
      const totals = await totalsOf(runId);
      const share = Math.ceil((totals.openPages - busy.length) / Math.max(1, takers));
      const most = Math.max(1, Math.min(PAGES_A_CHILD, share));
      const open = await openPages(db, { runId, busy, most });
      const soon = now().getTime() + AHEAD_MS;
      const pages = open.filter(({ nextAt }) => takers > 0 && nextAt.getTime() <= soon);
      return {
        pages: pages.map(({ page, nextAt }) => ({ page, at: nextAt.toISOString() })),
        nextAt: pages.length > 0 ? undefined : open[0]?.nextAt.toISOString(),
        totals,
      };
    },

    /** Closes every mail that nobody has tried; what may have gone out comes to its own end. */
    async cancelPages({
      runId,
      reason,
    }: {
      readonly runId: number;
      readonly reason: string;
    }): Promise<Totals> {
      await withholdRun(db, { runId, reason, now: now() });
      await recountPages(db, { runId, now: now() });
      return totalsOf(runId);
    },

    async noteCampaignState({
      runId,
      state,
      reason,
    }: {
      readonly runId: number;
      readonly state: 'running' | 'paused';
      readonly reason: string | undefined;
    }): Promise<void> {
      await noteRunState(db, { id: runId, state, reason });
    },

    async endCampaign({
      runId,
      state,
      reason,
    }: {
      readonly runId: number;
      readonly state: 'completed' | 'cancelled';
      readonly reason: string | undefined;
    }): Promise<void> {
      await closeRun(db, { id: runId, state, reason, now: now() });
    },
  };

  async function begunOf(run: CampaignRun, { workflowId, name }: BeginRequest): Promise<Begun> {
    if (run.workflowId !== workflowId) return { kind: 'known', runId: run.id, workflowId: run.workflowId };
    const definition = await definitionOfRun(db, run);
    return {
      kind: 'run',
      runId: run.id,
      campaign: run.campaign,
      name,
      state: run.state,
      reason: run.reason ?? undefined,
      isFrozen: run.frozenAt !== null,
      policy: policyOf(definition),
      perSecond: perSecondOf(definition),
      mailTaskQueue: deps.mailTaskQueue,
    };
  }

  async function runOf(runId: number): Promise<CampaignRun> {
    const run = await loadCampaignRun(db, runId);
    if (run === undefined) throw new Error(`there is no run ${runId} of a campaign`);
    return run;
  }

  async function totalsOf(runId: number): Promise<Totals> {
    const { firstDueAt: _, ...totals } = await pageTotals(db, runId);
    return totals;
  }
}

export type CampaignActivities = ReturnType<typeof createCampaignActivities>;

function wrongName(name: string): SluiceError {
  return new SluiceError(`"${name.slice(0, 80)}" cannot be the name of a campaign's run`, {
    code: 'campaign_name_invalid',
    hint: 'Up to 64 letters, digits and . _ : -, a letter or digit first.',
  });
}

function unknownCampaign(asked: string | undefined): SluiceError {
  return new SluiceError(
    asked === undefined
      ? 'no campaign was named, and none is isManual'
      : `there is no campaign "${asked.slice(0, 80)}"`,
    {
      code: 'campaign_unknown',
      hint: 'sluice campaigns list shows them; CAMPAIGN_CATALOGUE names the module.',
    },
  );
}
