import type { ErasedPeople } from '../db/erased-people.ts';
import type { Executor } from '../db/pool.ts';
import { fingerprintOf, quarantined, type Rejection } from '../db/quarantine.ts';
import { ERASED_FINGERPRINT } from '../domain/erasure.ts';
import { SluiceError } from '../domain/errors.ts';
import type { FunnelType } from '../domain/funnels.ts';
import { decideIntake, type GoodSitting, judgeSitting, personKey, type Sitting } from '../domain/intake.ts';

export interface Verdicts {
  readonly enter: readonly GoodSitting[];
  readonly rejections: readonly Rejection[];
  /** Ids of sittings that were held and are not any more. */
  readonly released: readonly number[];
}

/** Where a judgement looks people up; a dry run puts what it has planned before what is written. */
export interface JudgeInput {
  readonly db: Executor;
  readonly isOn: (funnel: FunnelType) => boolean;
  readonly erased: ErasedPeople;
  readonly entered: (emails: readonly string[]) => Promise<ReadonlySet<string>>;
  readonly customers: (emails: readonly string[]) => Promise<ReadonlySet<string>>;
}

/** Judges sittings, but for those that are held for the very state they are in. Only reads. */
export async function judge(sittings: readonly Sitting[], input: JudgeInput): Promise<Verdicts> {
  const known = await quarantined(
    input.db,
    sittings.map(({ id }) => id),
  );
  const good: GoodSitting[] = [];
  const rejections: Rejection[] = [];
  for (const sitting of sittings) {
    const before = known.get(sitting.id);
    if (before?.held === true && before.fingerprint === fingerprintOf(sitting)) continue;
    if (input.erased.isMentioned(sitting.rawEmail)) {
      const isNoted = before?.held === true && before.fingerprint === ERASED_FINGERPRINT;
      if (!isNoted) rejections.push({ sitting, reason: 'erased' });
      continue;
    }
    const verdict = judgeSitting(sitting);
    if (verdict.kind === 'good') good.push({ sitting, email: verdict.email, funnel: verdict.funnel });
    else rejections.push({ sitting, reason: verdict.reason });
  }
  const entered = await input.entered([...new Set(good.map(({ email }) => email))]);
  const strangers = good.filter((one) => !entered.has(personKey(one))).map(({ email }) => email);
  const bought = await input.customers([...new Set(strangers)]);
  const decision = decideIntake({ good, entered, customers: bought, isOn: input.isOn });
  const settled = [...decision.enter, ...decision.known, ...decision.off];
  const buyers = decision.customers.map(({ sitting }) => ({ sitting, reason: 'already_customer' as const }));
  return {
    enter: decision.enter,
    rejections: [...rejections, ...buyers],
    released: settled.map(({ sitting }) => sitting.id).filter((id) => known.get(id)?.held === true),
  };
}

/**
 * Asked at the end of a transaction that writes addresses: whoever has been erased since they were judged must not come
 * back by it. Rows that it has written are locked, so an erasure that comes later waits for it, and finds them.
 * @throws SluiceError `erased_meanwhile`; everything is judged again.
 */
export function refuseErased(now: ErasedPeople, texts: readonly (string | null)[]): void {
  if (!texts.some((text) => now.isMentioned(text))) return;
  throw new SluiceError('somebody was erased while the site was read', {
    code: 'erased_meanwhile',
    sort: 'retry',
  });
}
