import { page } from './page.ts';
import type { StoppableScope } from './unsubscribe.ts';

const WORDS: Readonly<Record<StoppableScope, string>> = {
  all: 'all mail',
  marketing: 'offers and advice',
  reminders: 'reminders',
  reports: 'reports',
};

/**
 * What a click on the link shows. It changes nothing, since mail filters open links, too; its form POSTs to the same
 * address with `stop=this` or `stop=all`.
 * @param scope of the link.
 */
export function confirmationPage({ scope }: { readonly scope: StoppableScope }): string {
  if (scope === 'all') {
    return page('Unsubscribe', [
      '<h1>Unsubscribe from all mail?</h1>',
      '<p>You will get no more mail of this kind from us. Nothing has changed yet.</p>',
      '<form method="post"><input type="hidden" name="stop" value="all"><button>Unsubscribe</button></form>',
    ]);
  }
  return page('Unsubscribe', [
    '<h1>Which mail should stop?</h1>',
    '<p>Nothing has changed yet.</p>',
    '<form method="post"><fieldset><legend>No longer send me</legend>',
    `<label><input type="radio" name="stop" value="this" checked> <span>${WORDS[scope]}</span></label>`,
    '<label><input type="radio" name="stop" value="all"> <span>any mail that I did not ask for</span></label>',
    '</fieldset><button>Unsubscribe</button></form>',
  ]);
}

/** After the POST. @param scope what was stopped. */
export function donePage({ scope }: { readonly scope: StoppableScope }): string {
  const stopped =
    scope === 'all' ? 'no more mail from us that you did not ask for' : `no more ${WORDS[scope]}`;
  return page('Unsubscribed', [
    '<h1>You are unsubscribed.</h1>',
    `<p>You will get ${stopped}. It applies from now on.</p>`,
    '<p class="soft">You can close this page. Answers to something that you order or ask for still reach you.</p>',
  ]);
}

/** For a link that is cut off or was never ours; says nothing about whether a person exists. */
export function invalidLinkPage(): string {
  return page('Link not valid', [
    '<h1>This link is not complete.</h1>',
    '<p>It may have been cut off on its way. Please open it from the mail again, or copy all of it.</p>',
    '<p class="soft">If that does not help, answer the mail with the word “unsubscribe”.</p>',
  ]);
}
