import {
  type Conversion,
  type ConversionReport,
  conversionPercent,
  type DailyConversion,
} from '../domain/conversions.ts';
import type { FunnelType } from '../domain/funnels.ts';
import type { ReportPeriod } from './conversions-period.ts';

interface ConversionJson {
  readonly entries: number;
  readonly purchased: number;
  /** Per cent, two decimals: 33.33. */
  readonly conversion: number;
}

/**
 * The report for other programs. Stable: fields may be added, none is renamed or removed.
 * `from` (included) and `to` (excluded) are days in `timezone`, null where open.
 */
export interface ConversionsJson extends ReportPeriod {
  readonly funnels: readonly (ConversionJson & { readonly funnel: FunnelType })[];
  readonly total: ConversionJson;
  /** Only where days were asked for; `conversion` is that of the totals up to the day. */
  readonly daily?: readonly (DailyConversion & { readonly conversion: number })[];
}

export function conversionsJson({
  period,
  report,
  days,
}: {
  period: ReportPeriod;
  report: ConversionReport;
  days?: readonly DailyConversion[] | undefined;
}): ConversionsJson {
  return {
    timezone: period.timezone,
    from: period.from,
    to: period.to,
    funnels: report.funnels.map((row) => ({ funnel: row.funnel, ...conversionJson(row) })),
    total: conversionJson(report.total),
    ...(days === undefined
      ? {}
      : {
          daily: days.map((row) => ({
            ...row,
            conversion: Number(
              conversionPercent({ entries: row.totalEntries, purchased: row.totalPurchased }),
            ),
          })),
        }),
  };
}

function conversionJson({ entries, purchased, conversion }: Conversion): ConversionJson {
  return { entries, purchased, conversion: Number(conversion) };
}
