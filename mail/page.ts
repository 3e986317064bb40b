import { createHash } from 'node:crypto';

const STYLE = `
:root { color-scheme: light dark; --ground: #f4f5f7; --card: #ffffff; --ink: #1c2733; --soft: #52606d; --line: #d3dae1; --act: #0b5cad; --on-act: #ffffff; }
@media (prefers-color-scheme: dark) { :root { --ground: #12171d; --card: #1c232b; --ink: #e8edf2; --soft: #a9b5c1; --line: #3a4653; --act: #8cc2ff; --on-act: #0b1a2b; } }
* { box-sizing: border-box; }
body { margin: 0; min-height: 100vh; display: grid; place-items: center; padding: 24px 16px; background: var(--ground); color: var(--ink); font: 17px/1.55 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; }
main { width: 100%; max-width: 30rem; background: var(--card); border: 1px solid var(--line); border-radius: 12px; padding: clamp(20px, 5vw, 36px); }
h1 { margin: 0 0 12px; font-size: 1.45rem; line-height: 1.25; text-wrap: balance; }
p { margin: 0 0 16px; }
p:last-child { margin-bottom: 0; }
.soft { color: var(--soft); font-size: .94rem; }
fieldset { border: 0; margin: 0 0 20px; padding: 0; }
legend { padding: 0; margin: 0 0 8px; font-weight: 600; }
label { display: flex; gap: 12px; align-items: baseline; min-height: 44px; padding: 10px 12px; border: 1px solid var(--line); border-radius: 8px; margin: 0 0 8px; cursor: pointer; }
input { accent-color: var(--act); width: 18px; height: 18px; flex: none; margin: 0; transform: translateY(3px); }
button { width: 100%; min-height: 48px; border: 0; border-radius: 8px; padding: 10px 20px; background: var(--act); color: var(--on-act); font: inherit; font-weight: 600; cursor: pointer; }
:focus-visible { outline: 3px solid var(--act); outline-offset: 2px; }
`;

/**
 * Headers that every page behind a link of a mail is sent with: nothing is loaded, framed, kept, indexed or told to another
 * site (the address of the page is the person's key to it).
 */
export const pageHeaders: Readonly<Record<string, string>> = {
  'content-type': 'text/html; charset=utf-8',
  'content-security-policy': [
    "default-src 'none'",
    `style-src 'sha256-${createHash('sha256').update(STYLE).digest('base64')}'`,
    "form-action 'self'",
    "frame-ancestors 'none'",
    "base-uri 'none'",
  ].join('; '),
  'cache-control': 'no-store',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-robots-tag': 'noindex, nofollow',
};

/** A page for people, who came here from a mail. @param parts HTML, made by us */
export function page(title: string, parts: readonly string[]): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>${title}</title>
<style>${STYLE}</style>
</head>
<body>
<main>
${parts.join('\n')}
</main>
</body>
</html>
`;
}
