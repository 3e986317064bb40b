import { page } from './page.ts';

/** For a link whose time is over, or whose file is deleted. */
export function goneFilePage(): string {
  return page('File no longer there', [
    '<h1>This file is no longer there.</h1>',
    '<p>Links to files work for a limited time. This one has ended.</p>',
    '<p class="soft">If you still need the file, answer the mail that the link was in.</p>',
  ]);
}

/** For a link that is cut off or was never ours. */
export function invalidFilePage(): string {
  return page('Link not valid', [
    '<h1>This link is not complete.</h1>',
    '<p>It may have been cut off on its way. Please open it from the mail again, or copy all of it.</p>',
  ]);
}
