import type { Settings } from '../../config.ts';
import { FUNNEL_TYPES } from '../../domain/funnels.ts';
import type { Check } from './checks.ts';

/** Settings that are valid, in words. */
export function settingsChecks(settings: Settings): readonly Check[] {
  const { site, brevo, reportTimezone, dryRun } = settings;
  const lists = FUNNEL_TYPES.map((funnel) =>
    brevo.lists[funnel] === 0 ? `${funnel} off` : `${funnel} list ${brevo.lists[funnel]}`,
  ).join(', ');
  const statuses =
    site.completedStatuses.length === 0 ? 'any status' : `status ${site.completedStatuses.join(', ')}`;
  const allOff = FUNNEL_TYPES.every((funnel) => brevo.lists[funnel] === 0);
  return [
    {
      name: 'settings',
      state: 'ok',
      found: `all valid; site zone ${site.timezone}, ${site.lookbackDays} days back, ${statuses}; reports in ${reportTimezone}`,
    },
    allOff
      ? {
          name: 'funnels',
          state: 'warning',
          found: 'both are off: nobody is taken in, purchases still sync',
          mend: 'Set BREVO_LANGUAGE_LIST_ID and BREVO_NON_LANGUAGE_LIST_ID; sluice brevo setup shows or creates the lists.',
        }
      : { name: 'funnels', state: 'ok', found: lists },
    {
      name: 'dry run',
      state: 'ok',
      found: dryRun
        ? 'APP_DRY_RUN is true: everything is read and planned, nothing is written to Brevo or to our tables'
        : `APP_DRY_RUN is false: runs write to our tables and to ${brevo.isReal ? 'the real Brevo' : 'the Brevo at BREVO_BASE_URL'}`,
    },
  ];
}
