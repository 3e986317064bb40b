import { escapeHtml } from '../escape-html.ts';
import { count } from './about.ts';

/** Files as a list of links, a fragment for a mail. */
export function fileLinksHtml(
  files: readonly { readonly name: string; readonly bytes: number; readonly url: string }[],
): string {
  const items = files.map(
    ({ name, bytes, url }) =>
      `<li><a href="${escapeHtml(url)}">${escapeHtml(name)}</a> (${sizeWords(bytes)})</li>`,
  );
  return `<ul>${items.join('')}</ul>`;
}

/** `842 kB`, `12.4 MB`. */
export function sizeWords(bytes: number): string {
  const kilobytes = bytes / 1000;
  return kilobytes < 1000
    ? `${count(Math.max(1, Math.round(kilobytes)))} kB`
    : `${(kilobytes / 1000).toFixed(1)} MB`;
}
