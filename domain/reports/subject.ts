import { Temporal } from 'temporal-polyfill';

const MONTHS = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
];
const DAYS = ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday'];

const PARTS: Readonly<Record<string, (at: Temporal.ZonedDateTime) => string>> = {
  yyyy: (at) => String(at.year).padStart(4, '0'),
  yy: (at) => two(at.year % 100),
  MMMM: (at) => MONTHS[at.month - 1] ?? '',
  MMM: (at) => (MONTHS[at.month - 1] ?? '').slice(0, 3),
  MM: (at) => two(at.month),
  M: (at) => String(at.month),
  dd: (at) => two(at.day),
  d: (at) => String(at.day),
  EEEE: (at) => DAYS[at.dayOfWeek - 1] ?? '',
  EEE: (at) => (DAYS[at.dayOfWeek - 1] ?? '').slice(0, 3),
  HH: (at) => two(at.hour),
  mm: (at) => two(at.minute),
  // ISO 8601.
  ww: (at) => two(at.weekOfYear ?? 0),
};
const DEFAULT_DATE = 'yyyy-MM-dd';
const LONGEST = 200;

/** What is wrong with a subject template; nothing: undefined. */
export function subjectProblem(template: string): string | undefined {
  if (template.trim() === '') return 'must not be empty';
  if (template.length > LONGEST) return `must have at most ${LONGEST} characters`;
  // oxlint-disable-next-line no-control-regex -- a line break would begin another header
  if (/[\x00-\x1f\x7f]/.test(template)) return 'must be one line without control characters';
  for (const [whole, inner = ''] of template.matchAll(/\{([^{}]*)\}/g)) {
    if (inner === 'name' || inner === 'date') continue;
    if (!inner.startsWith('date:')) {
      return `has the unknown ${whole}; known are {name}, {date} and {date:dd.MM.yyyy}`;
    }
    const unknown = wordsOf(inner.slice('date:'.length)).find((word) => !Object.hasOwn(PARTS, word));
    if (unknown !== undefined) {
      return `has "${unknown}" in ${whole}; a date is made of ${Object.keys(PARTS).join(' ')} and of what is no letter`;
    }
  }
  return /[{}]/.test(template.replace(/\{[^{}]*\}/g, '')) ? 'has a { or } without its other half' : undefined;
}

/**
 * The subject of one run: `{name}`, `{date}` (`2026-12-01`) and `{date:dd.MM.yyyy}`, in the report's zone.
 * @param input.template one that `subjectProblem` finds nothing wrong with
 * @param input.asOf logical time of the run
 */
export function renderSubject({
  template,
  name,
  asOf,
  timezone,
}: {
  readonly template: string;
  readonly name: string;
  readonly asOf: Date;
  readonly timezone: string;
}): string {
  const at = Temporal.Instant.fromEpochMilliseconds(asOf.getTime()).toZonedDateTimeISO(timezone);
  return template.replace(/\{([^{}]*)\}/g, (_, inner: string) => {
    if (inner === 'name') return name;
    const format = inner === 'date' ? DEFAULT_DATE : inner.slice('date:'.length);
    return format.replace(/[A-Za-z]+/g, (word) => PARTS[word]?.(at) ?? word);
  });
}

function wordsOf(format: string): readonly string[] {
  return format.match(/[A-Za-z]+/g) ?? [];
}

function two(number: number): string {
  return String(number).padStart(2, '0');
}
