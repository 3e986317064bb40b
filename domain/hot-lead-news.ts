import type { Facts } from './journeys/predicate.ts';
import { segmentOfFacts } from './journeys/segment.ts';
import { type Interest, type LeadActivity, pointsByInterest } from './lead-score.ts';
import type { News } from './notification.ts';

/** A lead that became hot, and what the person did in the last 24 hours. */
interface HotLeadFacts extends Omit<LeadActivity, 'secondsOnSite'> {
  readonly minutes: number;
  readonly crossedAt: Date;
  /** When it became hot, and now. */
  readonly score: number;
  readonly scoreNow: number;
}

export interface AboutHotLead {
  readonly lead: HotLeadFacts;
  readonly person: { readonly email: string; readonly facts: Facts };
  /** IANA zone of the times. */
  readonly timezone: string;
}

/** What a channel is told: who it is, how warm, and why. */
export function hotLeadNews(about: AboutHotLead): News {
  const { person, lead } = about;
  const business = textOf(person.facts.business_name);
  const assessment = assessmentOf(person.facts);
  return {
    text: `Hot lead: ${nameOf(about)}${business === undefined ? '' : `, ${business}`} (${lead.score} of 100)`,
    details: [
      ['E-mail', person.email],
      ...phone(person.facts),
      [
        'Last 24 hours',
        didOf(lead)
          .map(({ what }) => what)
          .join(', ') || 'nothing',
      ],
      ...(assessment === undefined ? [] : [['Assessment', assessment] as const]),
      ['Hot since', timeText(about)],
      ...(lead.scoreNow === lead.score ? [] : [['Score now', String(lead.scoreNow)] as const]),
    ],
  };
}

/** Variables of the template `hot-lead`. */
export function hotLeadParams(about: AboutHotLead): Readonly<Record<string, unknown>> {
  const { person, lead } = about;
  const business = textOf(person.facts.business_name);
  const telephone = textOf(person.facts.phone);
  const assessment = assessmentOf(person.facts);
  return {
    who: nameOf(about),
    email: person.email,
    score: lead.score,
    score_now: lead.scoreNow,
    hot_since: timeText(about),
    did: didOf(lead),
    ...(business === undefined ? {} : { business }),
    ...(telephone === undefined ? {} : { phone: telephone }),
    ...(assessment === undefined ? {} : { assessment }),
  };
}

/** What the person did, the most telling first, with its points. */
function didOf(lead: HotLeadFacts): readonly { readonly what: string; readonly points: number }[] {
  const points = pointsByInterest({ ...lead, secondsOnSite: 60 * lead.minutes });
  const all: readonly (readonly [Interest, number, string])[] = [
    ['reply', lead.replies, `answered ${times(lead.replies, 'mail', 'mails')}`],
    [
      'salesPage',
      lead.salesPageVisits,
      `looked at the sales page${lead.salesPageVisits > 1 ? ` ${lead.salesPageVisits} times` : ''}`,
    ],
    ['click', lead.clicks, `clicked ${times(lead.clicks, 'link', 'links')} in mails`],
    ['open', lead.opens, `opened mails ${times(lead.opens, 'time', 'times')}`],
    ['pageView', lead.pageViews, `viewed ${times(lead.pageViews, 'page', 'pages')}`],
    ['minute', lead.minutes, `spent ${times(lead.minutes, 'minute', 'minutes')} on the site`],
  ];
  return all
    .filter(([, count]) => count > 0)
    .map(([interest, , what]) => ({ what, points: points[interest] }));
}

function times(count: number, one: string, many: string): string {
  return `${count} ${count === 1 ? one : many}`;
}

function nameOf({ person: { email, facts } }: AboutHotLead): string {
  return textOf(facts.name) ?? textOf(facts.first_name) ?? email;
}

function phone(facts: Facts): readonly (readonly [string, string])[] {
  const number = textOf(facts.phone);
  return number === undefined ? [] : [['Phone', number]];
}

/** `critical: 3 red, 1 orange`; undefined for who has taken none. */
function assessmentOf(facts: Facts): string | undefined {
  const marks = (['red', 'orange'] as const).flatMap((mark) => {
    const count = facts[mark];
    return typeof count === 'number' ? [`${count} ${mark}`] : [];
  });
  if (marks.length === 0) return undefined;
  return `${segmentOfFacts(facts).segment}: ${marks.join(', ')}`;
}

/** `Tue 10 Feb, 11:00` in the zone of sales. */
function timeText({ lead, timezone }: AboutHotLead): string {
  const parts = new Intl.DateTimeFormat('en-GB', {
    timeZone: timezone,
    weekday: 'short',
    day: 'numeric',
    month: 'short',
    hour: '2-digit',
    minute: '2-digit',
  }).formatToParts(lead.crossedAt);
  const of = (type: Intl.DateTimeFormatPartTypes) => parts.find((part) => part.type === type)?.value ?? '';
  return `${of('weekday')} ${of('day')} ${of('month')}, ${of('hour')}:${of('minute')}`;
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value.trim() !== '' ? value.trim() : undefined;
}
