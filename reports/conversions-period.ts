/** What a conversions report covers: days in a zone, as the reader asked for them. */
export interface ReportPeriod {
  /** IANA zone of the days. */
  readonly timezone: string;
  /** YYYY-MM-DD, the first day of the report; null = from the beginning. */
  readonly from: string | null;
  /** YYYY-MM-DD, the first day that is no longer part of it; null = up to now. */
  readonly to: string | null;
}

/** The period in words; the last day named is part of it. */
export function periodInWords({ timezone, from, to }: ReportPeriod): string {
  const last = to === null ? null : dayBefore(to);
  const days =
    from === null && last === null
      ? 'All time'
      : from === null
        ? `Up to ${last}`
        : last === null
          ? `Since ${from}`
          : from === last
            ? from
            : `${from} to ${last}`;
  return `${days} (${timezone})`;
}

function dayBefore(day: string): string {
  return new Date(Date.parse(`${day}T00:00:00Z`) - 86_400_000).toISOString().slice(0, 10);
}
