import Table from 'cli-table3';
import type { FunnelSyncPlan, PlanStep } from '../activities/funnel-sync-plan.ts';
import type { BrevoRequest } from '../brevo/requests.ts';
import { FUNNEL_TYPES } from '../domain/funnels.ts';
import { REJECTION_MEANING, REJECTION_REASONS } from '../domain/intake.ts';
import type { FunnelSyncResult } from '../workflows/funnel-sync.ts';

/** A run's counts as a table for people. */
export function describeRun(result: FunnelSyncResult): string {
  if (result.dryRun) return describeDryRun(result);
  const table = new Table({
    head: [`as of ${result.asOf}`, ...FUNNEL_TYPES, 'total'],
    style: { head: [], border: [] },
    colAligns: ['left', 'right', 'right', 'right'],
  });
  const row = (label: string, counts: Readonly<Record<'language' | 'non_language', number>>) =>
    table.push([label, counts.language, counts.non_language, counts.language + counts.non_language]);
  row('entered', result.entered);
  row('converted', result.converted);
  const held = describeQuarantine(result.quarantined);
  const { brevo } = result;
  const state = {
    done: 'up to date',
    under_way: 'delivery goes on by itself',
    stopped: 'STOPPED, see below',
  }[brevo.state];
  return [
    table.toString(),
    `sittings     ${result.sittings.judged} looked at of ${result.sittings.inWindow} in the window`,
    `quarantined  ${held}`,
    `payments     ${result.payments.mirrored} new or changed, ${result.payments.withdrawn} withdrawn`,
    `Brevo        ${brevo.accepted} accepted, ${brevo.rejected} refused, ${brevo.pending} pending: ${state}`,
  ].join('\n');
}

function describeDryRun({ asOf, plan }: Extract<FunnelSyncResult, { dryRun: true }>): string {
  return [
    `Dry run as of ${asOf}: nothing was written.`,
    `would enter       ${plan.enter.language} language, ${plan.enter.non_language} non_language`,
    `would mark buyer  ${plan.markBuyer.language} language, ${plan.markBuyer.non_language} non_language`,
    `would quarantine  ${describeQuarantine(plan.quarantine)}`,
    `pending before    ${plan.sendPending}`,
    `requests          ${plan.requests}`,
  ].join('\n');
}

function describeQuarantine(counts: Partial<Readonly<Record<string, number>>>): string {
  const parts = REJECTION_REASONS.flatMap((reason) =>
    counts[reason] ? [`${counts[reason]} ${reason}`] : [],
  );
  return parts.length === 0 ? '0' : parts.join(', ');
}

/** The complete plan, a line a step, then every request as it would go out. */
export function describePlan({ steps, requests }: FunnelSyncPlan): string {
  return [
    ...steps.map(describeStep),
    '',
    ...requests.map((request, place) => `request ${place}: ${describeRequest(request)}`),
  ].join('\n');
}

function describeStep(step: PlanStep): string {
  if (step.action === 'quarantine') {
    const meaning = `${REJECTION_MEANING[step.reason]} (${step.reason})`;
    return `quarantine  sitting ${step.sittingId} ${JSON.stringify(step.email)}: ${meaning}`;
  }
  const who = `${step.email} → ${step.funnel}`;
  const call = `(request ${step.request})`;
  if (step.action === 'send_pending') return `send        ${who}, ${step.change} of an earlier run ${call}`;
  if (step.action === 'mark_buyer') {
    return `mark buyer  ${who}, payment ${step.paymentId} of ${step.purchasedAt} ${call}`;
  }
  return `enter       ${who}, list ${step.listId}, sitting ${step.sittingId} of ${step.testedAt} ${call}`;
}

function describeRequest({ method, path, body }: BrevoRequest): string {
  return `${method} ${path}${body === undefined ? '' : ` ${JSON.stringify(body)}`}`;
}
