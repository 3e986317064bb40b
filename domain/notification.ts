/** News for people at work: a line, and what is known, name by name. */
export interface News {
  readonly text: string;
  readonly details: readonly (readonly [name: string, value: string])[];
}

/** Slack's and Discord's own limits are higher; nobody reads more. */
const MOST = 1_500;

/**
 * The body for a channel's webhook. Discord wants `content`, all others Slack's `text`. Nobody is called out by what a
 * website sent: `@everyone` and Slack's `<…>` lose their meaning.
 * https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks
 * https://docs.discord.com/developers/resources/webhook#execute-webhook
 */
export function notificationBody(url: string, { text, details }: News): Readonly<Record<string, unknown>> {
  const lines = [text, ...details.map(([name, value]) => `${name}: ${value}`)].map(oneLine).join('\n');
  const short = lines.length > MOST ? `${lines.slice(0, MOST - 1)}…` : lines;
  if (isDiscord(url)) return { content: short, allowed_mentions: { parse: [] } };
  return { text: short.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;') };
}

function isDiscord(url: string): boolean {
  const { hostname, pathname } = new URL(url);
  return /(^|\.)discord(app)?\.com$/.test(hostname) && !pathname.endsWith('/slack');
}

function oneLine(text: string): string {
  return text.replaceAll(/[\p{C}\p{Zl}\p{Zp}]+/gu, ' ').trim();
}
