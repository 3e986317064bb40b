import { Command } from 'commander';
import { and, eq, isNull } from 'drizzle-orm';
import { loadSettings } from '../../config.ts';
import { leadOf } from '../../db/leads.ts';
import { contacts } from '../../db/schema-people.ts';
import { SluiceError } from '../../domain/errors.ts';
import { bandOf, type LeadActivity, POINTS, pointsByInterest } from '../../domain/lead-score.ts';
import { withDatabase } from '../context.ts';
import { parseEmail } from '../email-argument.ts';
import { print, printJson } from '../output.ts';
import { visibleTime } from '../visible-text.ts';

type Lead = Awaited<ReturnType<typeof leadOf>>;

/** Changes that a person at a terminal sees; --json has all. */
const LAST_CHANGES = 24;

export function showCommand(): Command {
  return new Command('show')
    .argument('<email>', 'any spelling of the address')
    .description('the score of one lead: what it is made of, how it changed, what sales was told')
    .option('--json', 'one JSON value on stdout')
    .addHelpText('after', '\nTimes are UTC. Example:\n  sluice leads show sarah@example.com')
    .action(async (written: string, { json }: { readonly json?: true }) => {
      const email = parseEmail(written);
      const lead = await withDatabase(loadSettings(), async ({ orm }) => {
        const [contact] = await orm
          .select({ id: contacts.id })
          .from(contacts)
          .where(and(eq(contacts.email, email), isNull(contacts.erasedAt)));
        if (contact === undefined) {
          throw new SluiceError('nobody is known by this address', {
            code: 'contact_missing',
            hint: 'sluice leads list shows who has a score.',
          });
        }
        return leadOf(orm, contact.id);
      });
      if (json === true) printJson({ email, ...shown(lead) });
      else print(describe(email, lead));
    });
}

function shown({ leadScores: [score], leadScoreHistory, leadCrossings }: Lead) {
  return {
    score: score?.score ?? 0,
    band: bandOf(score?.score ?? 0),
    scoredAt: score?.scoredAt ?? null,
    points: score?.points ?? 0,
    activity: score === undefined ? null : activityOf(score),
    history: leadScoreHistory.map(({ scoredAt, score: was, points }) => ({ scoredAt, score: was, points })),
    crossings: leadCrossings,
  };
}

function activityOf(score: Lead['leadScores'][number]): LeadActivity {
  const { opens, clicks, replies, pageViews, minutes, salesPageVisits } = score;
  return { opens, clicks, replies, pageViews, secondsOnSite: 60 * minutes, salesPageVisits };
}

function describe(email: string, lead: Lead): string {
  const { score, band, scoredAt, points, activity, history, crossings } = shown(lead);
  if (scoredAt === null || activity === null) return `${email}: 0, cold; has done nothing that counts`;
  const earned = pointsByInterest(activity);
  const { minutes } = lead.leadScores[0] ?? { minutes: 0 };
  const line = (name: keyof typeof POINTS, what: string, count: number) =>
    `  ${what.padEnd(17)}${String(count).padStart(4)}  +${earned[name]} of ${POINTS[name].most}`;
  return [
    `${email}: ${score}, ${band}, as of ${visibleTime(scoredAt)}`,
    '',
    `In the 24 hours before: ${points} points`,
    line('open', 'mails opened', activity.opens),
    line('click', 'links clicked', activity.clicks),
    line('reply', 'replies', activity.replies),
    line('pageView', 'pages viewed', activity.pageViews),
    line('minute', 'minutes on site', minutes),
    line('salesPage', 'sales page visits', activity.salesPageVisits),
    '',
    ...history
      .slice(-LAST_CHANGES)
      .map((one) => `${visibleTime(one.scoredAt)}  ${String(one.score).padStart(3)}  (${one.points} points)`),
    ...(crossings.length === 0 ? [] : ['']),
    ...crossings.map(describeCrossing),
  ].join('\n');
}

function describeCrossing({
  crossedAt,
  direction,
  previous,
  score,
  channelState,
  channelReason,
  mailState,
  mailReason,
}: Lead['leadCrossings'][number]): string {
  const told = [wayText('channel', channelState, channelReason), wayText('mail', mailState, mailReason)];
  const what = `${visibleTime(crossedAt)}  became ${direction} (${previous} to ${score})`;
  return direction === 'cold' ? what : `${what}; ${told.join(', ')}`;
}

function wayText(way: string, state: string, reason: string | null): string {
  return `${way}: ${state}${reason === null ? '' : ` (${reason})`}`;
}
