import type { BatchCounts } from '../domain/sending/message.ts';

interface Mailed extends BatchCounts {
  readonly state: 'mailed';
  readonly recipients: number;
}

/** What became of a report's mails. `no_recipients`, `mail_not_set_up`: it was made and kept all the same. */
export type MailedReport = Mailed | { readonly state: 'no_recipients' | 'mail_not_set_up' | 'dry_run' };

const UNMAILED = {
  dry_run: 'Dry run: nothing was written.',
  no_recipients: 'No mail: MARKETING_REPORT_EMAILS is not set.',
  mail_not_set_up: 'No mail: settings for mails are missing (sluice doctor says which).',
} as const;

/** A line for people; undefined: nothing is known yet. */
export function describeMails(mail: MailedReport | undefined): string {
  if (mail === undefined) return 'Mails: being written.';
  if (mail.state !== 'mailed') return UNMAILED[mail.state];
  const { recipients, accepted, withheld, rejected, uncertain } = mail;
  const rest = [
    withheld > 0 ? `${withheld} withheld` : '',
    rejected > 0 ? `${rejected} rejected` : '',
    uncertain > 0 ? `${uncertain} uncertain` : '',
  ].filter((text) => text !== '');
  return `Mails to ${recipients}: ${[`${accepted} accepted`, ...rest].join(', ')}.`;
}
