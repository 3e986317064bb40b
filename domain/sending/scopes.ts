/**
 * What a person can stop. `all` stops everything else, too; `service` is mail that the person asked for by an action (a
 * report's recipient, an alert to a colleague) and needs no marketing consent.
 */
export const MAIL_SCOPES = ['all', 'marketing', 'reminders', 'reports', 'service'] as const;
export type MailScope = (typeof MAIL_SCOPES)[number];
